import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { readBody } from "../../lib/storage/storage.ts";
import type { RuleBreak } from "../integration/sqlite/rules/rule-breaks.ts";
import { runSqlElsewhere } from "../world/sql-elsewhere.ts";
import { quietRun, SqliteWorld } from "../world/sqlite-world.ts";
import { deathsAt, ONE_COMMIT_POINTS } from "./points/one-commit-points.ts";
import { runAndDie } from "./points/run-and-die.ts";

/** 500 rows a chunk: one of the first table, two of the second. */
const ROWS = { orders: 400, lines: 800 };
const CHUNKS = 3;
type Kill = { point: string; nth: number };

const everyChunk = (point: string) => Array.from({ length: CHUNKS }, (_, i): Kill => ({ point, nth: i + 1 }));
const KILLS: readonly Kill[] = [
  ...everyChunk("document.chunk-written"),
  { point: "onecommit.attempt-written", nth: 1 },
  { point: "onecommit.committed", nth: 1 },
];
/** Besides with LASTGOOD_TEST_KILLS=all. */
const MORE: readonly Kill[] = [
  ...everyChunk("document.chunk-staged"),
  { point: "document.table-emptied", nth: 1 },
  { point: "document.table-emptied", nth: 2 },
  { point: "document.checked", nth: 1 },
  ...ONE_COMMIT_POINTS.filter((point) => KILLS.every((kill) => kill.point !== point)).map((point) => ({
    point,
    nth: 1,
  })),
];
const kills = process.env.LASTGOOD_TEST_KILLS === "all" ? [...KILLS, ...MORE] : KILLS;
const COMMITTED = ONE_COMMIT_POINTS.slice(ONE_COMMIT_POINTS.indexOf("onecommit.committed"));

let world: SqliteWorld;
let db: ProtectedDatabase;
let file: string;
let old: string;
let restored: string;
beforeAll(async () => {
  world = new SqliteWorld();
  const live = world.file("killed.db");
  const fill = (table: string, rows: number) =>
    `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO ${table} SELECT i, 'row ' || i, 1 FROM n`;
  await runSqlElsewhere(
    live,
    `PRAGMA journal_mode = wal; CREATE TABLE orders (id INTEGER PRIMARY KEY, b, c);
     CREATE TABLE lines (id INTEGER PRIMARY KEY, b, c REFERENCES orders (id)); CREATE TABLE kept (a);
     ${fill("orders", ROWS.orders)}; ${fill("lines", ROWS.lines)}`,
  );
  db = await world.attach(live);
  restored = await dump();
  const { bookmark } = await world.engine.current(db);
  const written = await world.engine.documents.write(
    db,
    bookmark,
    { excludeTables: ["kept"], schema: null },
    quietRun(),
  );
  file = world.file("document.json");
  writeFileSync(file, await readBody(written.body));
  await damage();
}, 60_000);
afterAll(() => world.close());

const dump = async () =>
  JSON.stringify(await runSqlElsewhere(db.path, "", "SELECT * FROM orders UNION ALL SELECT * FROM lines"));

async function damage(): Promise<void> {
  await runSqlElsewhere(db.path, "DELETE FROM lines WHERE id % 3 = 0; UPDATE orders SET b = 'other' WHERE id % 7 = 1");
  old = await dump();
}

/** Has a process of its own restore the document, and it or its child that writes die at points; answers how many died. */
async function dieRestoring(
  restoreId: string,
  kills: readonly Kill[],
  breaks: readonly RuleBreak[] = [],
): Promise<number> {
  const input = { data: world.capture.data, db, restoreId, file };
  return (await runAndDie("restore-document-once.ts", input, kills, breaks)).died;
}

describe.each(kills)("a restore that dies at $point, the time $nth", (kill) => {
  test("has replaced every table or none, and its repeat knows which", { timeout: 120_000 }, async () => {
    await damage();
    const before = await world.engine.current(db);
    const restoreId = randomUUID();
    const deaths = deathsAt(kill.point).map((point) => ({ ...kill, point }));
    expect(await dieRestoring(restoreId, deaths)).toBe(deaths.length);
    expect(await dump()).toBe(COMMITTED.some((point) => point === kill.point) ? restored : old);
    const done = await world.engine.documents.restore(db, restoreId, async () => file, quietRun());
    expect(await dump()).toBe(restored);
    const after = await world.engine.current(db);
    expect([done.previous.bookmark, done.restoreBookmark]).toEqual([before.bookmark, after.bookmark]);
    expect(after.txid).toBe(before.txid + 1);
  });
});

test("one that committed each chunk by itself would leave neither the old rows nor the new ones", {
  timeout: 60_000,
}, async () => {
  await damage();
  const chunkwise: RuleBreak = {
    file: "lib/engines/sqlite/documents/replace-tables.ts",
    from: 'reachPoint("document.chunk-written");',
    to: 'connection.setAuthorizer(null); connection.exec("COMMIT; BEGIN IMMEDIATE"); reachPoint("document.chunk-written");',
  };
  expect(await dieRestoring(randomUUID(), [{ point: "document.chunk-written", nth: 2 }], [chunkwise])).toBe(1);
  expect([old, restored]).not.toContain(await dump());
});
