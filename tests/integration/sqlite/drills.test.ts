import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DrillAssertion } from "../../../lib/domain/drill.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";
import { refusalOf } from "./refusal-of.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

async function hostFilled(): Promise<ProtectedDatabase> {
  const db = await world.host();
  await world.engine.query(db, {
    sql: "CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL); CREATE INDEX by_total ON orders(total)",
  });
  await world.engine.query(db, {
    sql: "INSERT INTO orders(total) SELECT value FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 500) SELECT value FROM n)",
  });
  return db;
}

async function drill(db: ProtectedDatabase, assertions: DrillAssertion[] = [], run = quietRun()) {
  const { bookmark } = await world.engine.current(db);
  const id = randomUUID();
  return { id, findings: await world.engine.drills.drill(db, { id, at: bookmark, assertions }, run) };
}

const leftOver = () => (existsSync(world.capture.paths.drills) ? readdirSync(world.capture.paths.drills) : []);

test("a sound state passes, is counted and asked, and leaves nothing behind", async () => {
  const db = await hostFilled();
  const before = await world.engine.current(db);
  const { findings } = await drill(db, [
    { name: "there are orders", sql: "SELECT count(*) > 100 FROM orders" },
    { name: "none is free", sql: "SELECT NOT EXISTS (SELECT 1 FROM orders WHERE total = 0)" },
  ]);
  expect(findings.checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
    "pages passed",
    "integrity passed",
  ]);
  expect(findings.tables).toEqual([{ name: "orders", rows: 500 }]);
  expect(findings.assertions).toEqual([
    { name: "there are orders", holds: true, found: "1" },
    { name: "none is free", holds: true, found: "1" },
  ]);
  expect(findings.recoveryMs).toBeGreaterThan(0);
  expect(findings.sizeBytes).toBeGreaterThan(8192);
  expect(findings.evidence).toBeNull();
  expect(leftOver()).toEqual([]);
  expect(await world.engine.current(db)).toEqual(before);
});

test("what does not hold is told, and its throwaway stays until it is cleared", async () => {
  const db = await hostFilled();
  const { id, findings } = await drill(db, [
    { name: "nobody owes", sql: "SELECT count(*) = 0 FROM orders" },
    { name: "no such table", sql: "SELECT 1 FROM invoices" },
    { name: "no row", sql: "SELECT 1 FROM orders WHERE id < 0" },
    { name: "writes", sql: "DELETE FROM orders" },
    { name: "other files", sql: "ATTACH '/etc/passwd' AS other" },
  ]);
  expect(findings.assertions.map(({ holds }) => holds)).toEqual([false, false, false, false, false]);
  expect(findings.assertions.map(({ found }) => found)).toEqual([
    "0",
    expect.stringContaining("no such table: invoices"),
    "no row",
    expect.stringMatching(/write/),
    expect.stringMatching(/ATTACH/),
  ]);
  const { evidence } = findings;
  expect(evidence).not.toBeNull();
  const copy = new DatabaseSync(path.join(String(evidence), "throwaway.db"), { readOnly: true });
  expect(copy.prepare("SELECT count(*) AS rows FROM orders").get()).toEqual({ rows: 500 });
  copy.close();
  await world.engine.drills.clear(db, id);
  expect(leftOver()).toEqual([]);
});

test("a state that was captured faithfully and is broken in itself fails the integrity check", async () => {
  const file = world.file(`${randomUUID()}.db`);
  const live = new DatabaseSync(file, { defensive: false });
  live.exec("PRAGMA journal_mode = WAL; CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX by_v ON a(v)");
  live.exec("INSERT INTO a(v) VALUES ('x'), ('y'), ('z')");
  const db = await world.attach(file);
  live.exec(
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX by_v ON a(id)' WHERE name = 'by_v'; PRAGMA writable_schema = RESET",
  );
  live.close();
  const { id, findings } = await drill(db);
  expect(findings.checks.find(({ check }) => check === "integrity")).toMatchObject({ outcome: "failed" });
  expect(findings.evidence).not.toBeNull();
  await world.engine.drills.clear(db, id);
});

test("a history that was damaged on its disk is refused by name, and nothing is left of the throwaway", async () => {
  const db = await hostFilled();
  const directory = path.join(world.capture.paths.history, db.id);
  const { bookmark } = await world.engine.current(db);
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const bytes = readFileSync(file);
    bytes.fill(0x5a, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
  }
  const order = { id: randomUUID(), at: bookmark, assertions: [] };
  const told = await refusalOf(world.engine.drills.drill(db, order, quietRun()));
  expect(told).toMatchObject({ code: "history_damaged" });
  expect(leftOver()).toEqual([]);
});

test("one that is cancelled ends with the reason, and nothing is left of it", async () => {
  const db = await hostFilled();
  const run = quietRun();
  const cancelled = new Error("enough");
  run.cancel(cancelled);
  await expect(drill(db, [], run)).rejects.toBe(cancelled);
  expect(leftOver()).toEqual([]);
});
