import { afterAll, beforeAll, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
let db: ProtectedDatabase;
beforeAll(async () => {
  world = new SqliteWorld();
  db = await world.host();
});
afterAll(() => world.close());

const WRITES = [
  "INSERT INTO t VALUES (2)",
  "WITH w AS (SELECT 3 AS b) INSERT INTO t SELECT b FROM w",
  "DELETE FROM t RETURNING a",
  "SELECT 1; UPDATE t SET a = 5",
  "CREATE TABLE u(b); INSERT INTO u VALUES (1)",
  "PRAGMA user_version = 7",
  "INSERT INTO f(f) VALUES ('optimize')",
  "REINDEX",
  "ANALYZE",
  "VACUUM",
];

test("a reading query changes nothing, however a write is dressed up, and writes go on beside it", async () => {
  const write = (sql: string) => world.engine.query(db, { sql });
  const read = (sql: string) => world.engine.query(db, { sql, readOnly: true });
  await write("CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE VIRTUAL TABLE f USING fts5(x)");
  expect((await read("SELECT a FROM t; WITH w AS (SELECT 2 AS b) SELECT b FROM w")).results).toHaveLength(2);
  expect((await read("PRAGMA table_info(t)")).results[0]?.results).toHaveLength(1);
  const before = await world.engine.current(db);
  for (const sql of WRITES) {
    const error = await read(sql).catch((reason: unknown) => reason);
    expect(error, sql).toBeInstanceOf(LastgoodError);
    expect(error, sql).toMatchObject({ code: "forbidden" });
  }
  expect((await world.engine.current(db)).bookmark).toBe(before.bookmark);
  await write("INSERT INTO t VALUES (6)");
  expect((await read("SELECT a FROM t ORDER BY a")).results[0]?.results).toEqual([{ a: 1 }, { a: 6 }]);
});
