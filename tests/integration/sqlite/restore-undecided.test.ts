import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { RestoreFiles } from "../../../lib/engines/sqlite/restore/restore-files.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

function asProgram(file: string, sql: string): unknown {
  const connection = new DatabaseSync(file, { timeout: 5000 });
  try {
    connection.exec(sql);
    return connection.prepare("SELECT count(*) AS n FROM t").get()?.n;
  } finally {
    connection.close();
  }
}

test("a restore that a gap swallowed is not done again over what was written since", { timeout: 90_000 }, async () => {
  const file = world.file("swallowed.db");
  asProgram(file, "PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const db = await world.attach(file);
  const target = await world.engine.current(db);
  asProgram(file, "INSERT INTO t VALUES (2)");
  const start = await world.engine.current(db);

  // As a crash leaves it: about to publish, and nobody has seen what became of it.
  const restoreId = randomUUID();
  const files = new RestoreFiles(path.join(world.capture.paths.temporary, "restores"), restoreId);
  files.writeAttempt({ version: 1, restoreId, way: "append", toTxid: target.txid, startTxid: start.txid });
  const history = openHistory(path.join(world.capture.paths.history, db.id));
  const before = history.newest().position;
  history.close();
  const intent = { version: 1, restoreId, before, end: { ...before, frame: before.frame + 2 }, schemaCookie: 9 };
  writeFileSync(files.intentPath, JSON.stringify({ ...intent, sizeAfterPages: 2 }));
  await world.capture.close();
  asProgram(file, "INSERT INTO t VALUES (3); PRAGMA wal_checkpoint(TRUNCATE)");
  world.capture.startKeeper();
  world.capture.startKeeper();
  world.capture.startReader();
  await world.capture.until(db.id, "protected");

  const repeated = world.engine.restore(db, restoreId, target.bookmark, quietRun());
  await expect(repeated).rejects.toMatchObject({ code: "restore_failed", details: { outcome: "unknown" } });
  expect(asProgram(file, "INSERT INTO t VALUES (4)")).toBe(4);
  expect((await world.engine.window(db)).gaps).toHaveLength(1);
});
