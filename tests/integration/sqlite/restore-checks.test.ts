import { randomUUID } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RestoreCheck } from "../../../lib/domain/restore-check.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

function checking(ended?: () => Promise<void>) {
  const made: RestoreCheck[] = [];
  const write = async (check: RestoreCheck) => {
    await ended?.();
    made.push(check);
  };
  return { ...quietRun(), checks: { indexes: false, ended: write }, made };
}

async function attached(name: string) {
  const file = world.file(name);
  const connection = new DatabaseSync(file, { timeout: 10_000 });
  connection.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const db = await world.attach(file);
  const to = (await world.engine.current(db)).bookmark;
  connection.exec("INSERT INTO t VALUES (2)");
  connection.close();
  await world.engine.current(db);
  return { db, to };
}

test.each(["append", "backup"] as const)(
  "what a restore by %s wrote is read back, and told with what was read",
  async (way) => {
    const { db, to } = await attached(`${way}.db`);
    const run = checking();
    await world.engine.restore({ ...db, restoreWay: way }, randomUUID(), to, run);
    expect(run.made).toMatchObject([{ check: "content", outcome: "passed", read: { unit: "page" } }]);
    expect(run.made[0]?.read?.count).toBeGreaterThan(0);
  },
);

test("a restore that took place is not told as failed because its check cannot be written down", async () => {
  const { db, to } = await attached("unwritten.db");
  const run = checking(() => Promise.reject(new Error("nobody takes it down")));
  const restored = await world.engine.restore(db, randomUUID(), to, run);
  expect(restored.reached.bookmark).toBe(to);
  expect(run.made).toEqual([]);
});

test("a copy tells that all of its pages were read back", async () => {
  const { db: source, to } = await attached("copied.db");
  const id = randomUUID();
  const file = path.join(world.capture.paths.hosted, `${id}.db`);
  const target: ProtectedDatabase = { id, name: "copy", engine: "sqlite", origin: "hosted", path: file, windowDays: 7 };
  const run = checking();
  await world.engine.copies.copy({ source, to, target, restoreId: randomUUID() }, run);
  expect(run.made).toMatchObject([{ check: "content", outcome: "passed", read: { count: 2, unit: "page" } }]);
});
