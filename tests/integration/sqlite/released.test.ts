import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

const historyOf = ({ id }: ProtectedDatabase) => path.join(world.capture.paths.history, id);

async function rows(db: ProtectedDatabase, sql: string): Promise<unknown> {
  return (await world.engine.query(db, { sql })).results.at(-1)?.results;
}

/** What happens to a deleted database, and to one that is brought back: its file is there, its history is gone on with. */
const release = (db: ProtectedDatabase) => world.engine.release(db.id, quietRun());
const resume = (db: ProtectedDatabase) => world.engine.protect(db, { kind: "existing" }, quietRun());

describe("a database that was let go and taken up again", () => {
  test("goes on without a gap where it is hosted, and goes back to bookmarks from before", async () => {
    const db = await world.host();
    const early = await world.engine.query(db, { sql: "CREATE TABLE t (x); INSERT INTO t VALUES (1)" });
    await world.engine.query(db, { sql: "INSERT INTO t VALUES (2)" });
    await release(db);
    await resume(db);
    expect(await rows(db, "SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
    expect((await world.engine.window(db)).gaps).toEqual([]);
    const late = await world.engine.query(db, { sql: "INSERT INTO t VALUES (3)" });
    await world.engine.restore(db, randomUUID(), early.bookmark, quietRun());
    expect(await rows(db, "SELECT x FROM t")).toEqual([{ x: 1 }]);
    await world.engine.restore(db, randomUUID(), late.bookmark, quietRun());
    expect(await rows(db, "SELECT x FROM t ORDER BY x")).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  });

  test("has what was written meanwhile as one gap, and goes back to before it", async () => {
    const db = await world.host();
    const before = await world.engine.query(db, { sql: "CREATE TABLE t (x); INSERT INTO t VALUES (1)" });
    await release(db);
    const program = new DatabaseSync(db.path, { timeout: 5_000 });
    for (const x of [2, 3]) program.exec(`INSERT INTO t VALUES (${x})`);
    program.close();
    await resume(db);
    expect(await rows(db, "SELECT count(*) AS n FROM t")).toEqual([{ n: 3 }]);
    expect((await world.engine.window(db)).gaps).toHaveLength(1);
    await world.engine.restore(db, randomUUID(), before.bookmark, quietRun());
    expect(await rows(db, "SELECT x FROM t")).toEqual([{ x: 1 }]);
  });
});

describe("a database that is removed", () => {
  test("leaves neither history nor hosted file, and its neighbour as it was", async () => {
    const [gone, neighbour] = [await world.host(), await world.host()];
    for (const db of [gone, neighbour]) await world.engine.query(db, { sql: "CREATE TABLE t (x)" });
    expect((await world.engine.remove(gone.id, quietRun())).files).toBeGreaterThan(2);
    expect([existsSync(historyOf(gone)), existsSync(gone.path), existsSync(`${gone.path}-wal`)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(existsSync(historyOf(neighbour))).toBe(true);
    expect(await rows(neighbour, "SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
    expect(await world.engine.remove(gone.id, quietRun())).toEqual({ files: 0, bytes: 0 });
  });
});
