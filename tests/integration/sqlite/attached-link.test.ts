import { once } from "node:events";
import { readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { untilKept } from "../../world/keeper-status.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

const ENDS = ["", "-wal", "-shm"];

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

function openProgram(file: string): DatabaseSync {
  const program = new DatabaseSync(file, { timeout: 5000 });
  program.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS t (a)");
  return program;
}

async function restart(): Promise<void> {
  const { capture } = world;
  const before = capture.keepers.splice(0);
  await capture.endReader();
  for (const keeper of before) {
    const exited = once(keeper, "exit");
    keeper.stdin?.end();
    await exited;
  }
  capture.startKeeper();
  capture.startKeeper();
  capture.startReader();
}

test("an attached database whose files are exchanged for links is neither captured nor written, after a restart and a restore too", async () => {
  const file = world.file("shop.db");
  const shop = openProgram(file);
  const db: ProtectedDatabase = await world.attach(file);
  shop.exec("INSERT INTO t VALUES ('first')");
  const first = await world.engine.current(db);
  shop.exec("INSERT INTO t VALUES ('second')");
  const newest = await world.engine.current(db);
  shop.close();

  // As Lastgood's own metadata: somebody else's, which the program's user could not read.
  const other = world.file("metadata.db");
  const owner = openProgram(other);
  owner.exec("INSERT INTO t VALUES ('a secret')");
  const contents = () => ["", "-wal"].map((end) => readFileSync(`${other}${end}`).toString("base64"));
  const before = contents();
  for (const end of ENDS) {
    renameSync(`${file}${end}`, `${file}.aside${end}`);
    symlinkSync(`${other}${end}`, `${file}${end}`);
  }
  const isStopped = async () => {
    const { problem } = await world.capture.until(db.id, "stopped");
    expect(problem).toMatchObject({
      cause: expect.stringContaining("is a link"),
      remedy: expect.stringContaining("put the database's own files back"),
    });
  };
  await isStopped();
  await restart();
  await isStopped();
  const { keeperSocket, history: histories } = world.capture.paths;
  const kept = await untilKept(keeperSocket, db.id, ({ problem }) => problem !== null);
  expect(kept).toMatchObject({ pinned: false, problem: { cause: expect.stringContaining("is a link") } });

  const restored = world.engine.restore(db, "11111111-0000-4000-8000-000000000003", first.bookmark, quietRun());
  await expect(restored).rejects.toMatchObject({ code: "not_protected" });
  expect(contents()).toEqual(before);
  const history = openHistory(path.join(histories, db.id));
  expect({ newest: history.newest().txid, gaps: history.gaps() }).toEqual({ newest: newest.txid, gaps: [] });
  history.close();

  // With its own files back and a new start it goes on.
  for (const end of ENDS) {
    rmSync(`${file}${end}`, { force: true });
    renameSync(`${file}.aside${end}`, `${file}${end}`);
  }
  await restart();
  await world.capture.until(db.id, "protected");
  await world.engine.restore(db, "11111111-0000-4000-8000-000000000004", first.bookmark, quietRun());
  const again = openProgram(file);
  expect(again.prepare("SELECT a FROM t").all()).toEqual([{ a: "first" }]);
  again.close();
  expect(contents()).toEqual(before);
  owner.close();
}, 120_000);
