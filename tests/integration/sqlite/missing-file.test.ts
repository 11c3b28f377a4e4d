import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { makeFileAnew } from "../../../lib/engines/sqlite/missing-file.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

test("a hosted database whose file is lost says so, is not made empty by a query, and comes back by a restore in place", async () => {
  const db = await world.host("shop");
  const run = (sql: string) => world.engine.query(db, { sql });
  await run("CREATE TABLE t(a)");
  const first = await run("INSERT INTO t VALUES (1)");
  const newest = await run("INSERT INTO t VALUES (2)");
  for (const end of ["", "-wal", "-shm"]) rmSync(`${db.path}${end}`, { force: true });
  while ((await world.engine.status(db)).state !== "stopped") await sleep(50);
  expect((await world.engine.status(db)).problem).toMatchObject({
    cause: "The file of this database is not there.",
    remedy: expect.stringContaining("Restore its newest moment"),
  });
  await expect(run("SELECT * FROM t")).rejects.toMatchObject({ code: "not_protected" });
  expect(existsSync(db.path)).toBe(false);

  const restored = await world.engine.restore(db, "11111111-0000-4000-8000-000000000001", newest.bookmark, quietRun());
  expect(restored.reached.bookmark).toBe(newest.bookmark);
  expect((await run("SELECT a FROM t ORDER BY a")).results[0]?.results).toEqual([{ a: 1 }, { a: 2 }]);
  await run("INSERT INTO t VALUES (3)");
  const window = await world.engine.window(db);
  // The history goes on as if nothing had been: no commit is missing, and none was made up.
  expect(window.gaps).toEqual([]);
  expect((await world.engine.commits(db, { timeMs: Date.now(), before: 10, after: 0 })).length).toBe(5);

  for (const end of ["", "-wal", "-shm"]) rmSync(`${db.path}${end}`, { force: true });
  while ((await world.engine.status(db)).state !== "stopped") await sleep(50);
  await world.engine.restore(db, "11111111-0000-4000-8000-000000000002", first.bookmark, quietRun());
  expect((await run("SELECT a FROM t")).results[0]?.results).toEqual([{ a: 1 }]);
}, 120_000);

/** Makes the file anew, with something happening where the engine lets go of the database, or takes it again. */
async function makeAnew(
  db: ProtectedDatabase,
  around: { released?: () => void; protect?: () => Promise<never> },
): Promise<void> {
  const { engine, capture } = world;
  const history = openHistory(path.join(capture.paths.history, db.id));
  const disturbed: Parameters<typeof makeFileAnew>[1] = {
    release: async (id, run) => {
      await engine.release(id, run);
      around.released?.();
    },
    protect: around.protect ?? ((...asked) => engine.protect(...asked)),
    register: (one) => engine.register(one),
  };
  try {
    await makeFileAnew(db, disturbed, () => history, quietRun());
  } finally {
    history.close();
  }
}

test("a file that is put back while the database is let go of keeps its log, and what fails then leaves it captured", async () => {
  const db = await world.host("back");
  const run = (sql: string) => world.engine.query(db, { sql });
  await run("CREATE TABLE t(a)");
  await run("INSERT INTO t VALUES (1)");
  const ends = ["", "-wal"];
  for (const end of ends) renameSync(`${db.path}${end}`, `${db.path}.aside${end}`);
  rmSync(`${db.path}-shm`, { force: true });
  const putBack = () => {
    for (const end of ends) renameSync(`${db.path}.aside${end}`, `${db.path}${end}`);
  };
  await makeAnew(db, { released: putBack });
  expect((await run("SELECT a FROM t")).results[0]?.results).toEqual([{ a: 1 }]);

  for (const end of [...ends, "-shm"]) rmSync(`${db.path}${end}`, { force: true });
  const failed = makeAnew(db, { protect: () => Promise.reject(new LastgoodError("not_protected", "It failed.")) });
  await expect(failed).rejects.toThrow("It failed.");
  await world.capture.until(db.id, "protected");
  expect((await run("SELECT a FROM t")).results[0]?.results).toEqual([{ a: 1 }]);
}, 120_000);
