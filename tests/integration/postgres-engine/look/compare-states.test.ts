import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DiffRows } from "../../../../lib/domain/diff.ts";
import { ClusterComparison } from "../../../../lib/engines/postgres/look/cluster-comparison.ts";
import { DiffJobs } from "../../../../lib/engines/postgres/look/diff-jobs.ts";
import { differencePage } from "../../../../lib/engines/postgres/look/difference-page.ts";
import { type ServerPlace, ServerSession } from "../../../../lib/engines/postgres/look/server-session.ts";
import { type StartedPostgres, startPostgres } from "../../../world/start-postgres.ts";

const SCHEMA = `
  CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
  CREATE TABLE exact (id bigint PRIMARY KEY, n numeric, at timestamptz, raw bytea, tags text[], doc jsonb, m mood, f float8, ok boolean);
  CREATE TABLE pairs (a text COLLATE "C", b int, v text, PRIMARY KEY (a, b));
  CREATE TABLE heap (v text, n int);
  CREATE TABLE big (id int PRIMARY KEY, v text);
  CREATE TABLE same (id int PRIMARY KEY);
  CREATE SCHEMA "Odd.One"; CREATE TABLE "Odd.One"."T""x" (id int PRIMARY KEY, v int);
  CREATE UNLOGGED TABLE passing (id int PRIMARY KEY);
  INSERT INTO exact VALUES (1, 1.10, '2026-01-02 03:04:05.678901+00', '\\x00ff', '{a,NULL,"b c"}', '{"b":1,"a":[1e400]}', 'ok', 'NaN', true),
    (9007199254740993, 123456789012345678901234567890.12, '2026-03-29 01:30:00+00', '\\x', '{}', 'null', 'sad', 0.1, false);
  INSERT INTO pairs VALUES ('a', 1, 'one'), ('a', 2, 'two'), ('B', 1, 'three');
  INSERT INTO heap VALUES ('x', 1), ('x', 1), ('x', 1), ('y', NULL), (NULL, NULL);
  INSERT INTO big SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
  INSERT INTO same SELECT generate_series(1, 10);
  INSERT INTO "Odd.One"."T""x" VALUES (1, 1);`;

const LATER = `
  UPDATE exact SET n = 1.1, tags = '{a,NULL,"b c",d}' WHERE id = 1;
  DELETE FROM exact WHERE id > 1;
  DELETE FROM pairs WHERE a = 'a' AND b = 2; INSERT INTO pairs VALUES ('a', 3, NULL);
  DELETE FROM heap WHERE ctid IN (SELECT ctid FROM heap WHERE v = 'x' LIMIT 2); INSERT INTO heap VALUES (NULL, NULL), ('z', 5);
  DELETE FROM big WHERE id % 1000 = 7; UPDATE big SET v = 'new' WHERE id % 1000 = 8; INSERT INTO big VALUES (30000, 'added');
  UPDATE "Odd.One"."T""x" SET v = 2;
  CREATE TABLE fresh AS SELECT 1 AS one; CREATE INDEX big_v ON big (v); ALTER TABLE same ADD COLUMN more int DEFAULT 3;`;

let server: StartedPostgres;
/** From `before` to `after`. */
let forth: ClusterComparison;
const open: ServerSession[] = [];

const placeOf = (database: string): ServerPlace => ({
  host: "127.0.0.1",
  port: server.port,
  user: "lastgood",
  password: server.password,
  database,
  sslMode: "disable",
});

async function compare(from: string, to: string): Promise<ClusterComparison> {
  const [here, there] = [await ServerSession.open(placeOf(to)), await ServerSession.open(placeOf(from))];
  open.push(here, there);
  await there.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const comparison = new ClusterComparison({ here, there });
  await comparison.run();
  return comparison;
}

beforeAll(async () => {
  server = await startPostgres();
  await server.run("CREATE DATABASE before");
  await server.run(SCHEMA, "before");
  await server.run("CREATE DATABASE after TEMPLATE before");
  await server.run(LATER, "after");
  forth = await compare("before", "after");
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((session) => session.close()));
  await server?.remove();
});

const rowsOf = (
  comparison: ClusterComparison,
  table: string,
  after: string | null = null,
  limit = 100,
): Promise<DiffRows> => differencePage(comparison, { table, kinds: ["removed", "changed", "added"], after, limit });

describe("two states of a cluster", () => {
  test("are compared to the row, by the key that each table has", async () => {
    const { compared } = forth;
    expect(compared.isComplete).toBe(true);
    const counted = Object.fromEntries(
      compared.tables.map(({ name, added, removed, changed, how }) => [name, [added, removed, changed, how]]),
    );
    expect(counted).toEqual({
      '"Odd.One"."T""x"': [0, 0, 1, "full"],
      big: [1, 20, 20, "full"],
      exact: [0, 1, 1, "full"],
      fresh: [1, 0, 0, "full"],
      heap: [2, 2, 0, "full"],
      pairs: [1, 1, 0, "full"],
      passing: [0, 0, 0, "not-compared"],
    });
    expect(compared.sameTables).toEqual(["same"]);
    expect(compared.schema.map(({ kind, name, change }) => `${change} ${kind} ${name}`)).toEqual([
      "added table fresh",
      "changed table same",
      "added index big_v",
    ]);
  });

  test("show their values exactly, also those that JavaScript has no number for", async () => {
    const { rows, columns } = await rowsOf(forth, "exact");
    expect(columns.map(({ name, type, key }) => [name, type, key])[0]).toEqual(["id", "bigint", true]);
    expect(rows.map(({ kind, before, after }) => ({ kind, before, after }))).toEqual([
      {
        kind: "changed",
        before: [
          1,
          "1.10",
          "2026-01-02 03:04:05.678901+00",
          { blob: "AP8=", bytes: 2 },
          '{a,NULL,"b c"}',
          expect.stringContaining('"a": [1000000'),
          "ok",
          { real: "NaN" },
          "true",
        ],
        after: [
          1,
          "1.1",
          "2026-01-02 03:04:05.678901+00",
          { blob: "AP8=", bytes: 2 },
          '{a,NULL,"b c",d}',
          expect.anything(),
          "ok",
          { real: "NaN" },
          "true",
        ],
      },
      {
        kind: "removed",
        before: [
          { integer: "9007199254740993" },
          "123456789012345678901234567890.12",
          "2026-03-29 01:30:00+00",
          { blob: "", bytes: 0 },
          "{}",
          "null",
          "sad",
          0.1,
          "false",
        ],
        after: null,
      },
    ]);
  });

  test("give their rows page by page, in the order of the key, each once", async () => {
    const keys: string[] = [];
    const ids: unknown[] = [];
    for (let next: string | null = null; ; ) {
      const page: DiffRows = await rowsOf(forth, "big", next, 7);
      keys.push(...page.rows.map(({ key }) => key));
      ids.push(...page.rows.map(({ before, after }) => (before ?? after)?.[0]));
      next = page.next;
      if (next === null) break;
    }
    expect(new Set(keys).size).toBe(41);
    expect(ids).toEqual([...ids].sort((a, b) => Number(a) - Number(b)));
    const behind = await rowsOf(forth, "big", keys[10] ?? "", 1);
    expect(behind.rows[0]?.key).toBe(keys[11]);
  });

  test("tell rows of a table without a key by what they hold, as often as they are there", async () => {
    const { rows } = await rowsOf(forth, "heap");
    const told = rows.map(({ kind, before, after }) => [kind, before ?? after]);
    expect(told).toHaveLength(4);
    expect(told.filter(([kind]) => kind === "removed")).toEqual([
      ["removed", ["x", 1]],
      ["removed", ["x", 1]],
    ]);
    expect(told).toContainEqual(["added", [null, null]]);
    expect(told).toContainEqual(["added", ["z", 5]]);
  });

  test("say which table they do not have", async () => {
    await expect(rowsOf(forth, "nowhere")).rejects.toMatchObject({ code: "not_found" });
    await expect(rowsOf(forth, "passing")).rejects.toMatchObject({ code: "invalid_input" });
    await expect(rowsOf(forth, "big", "kWyJ4Il0")).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("that are the same differ in nothing, and either may be the older one", async () => {
    const same = await compare("before", "before");
    expect(same.compared.tables.filter(({ how }) => how !== "not-compared")).toEqual([]);
    const back = await compare("after", "before");
    expect(back.compared.tables.find(({ name }) => name === "big")).toMatchObject({
      added: 20,
      removed: 1,
      changed: 20,
    });
    expect((await rowsOf(back, "fresh")).rows).toMatchObject([{ kind: "removed", before: [1] }]);
  });

  test("are compared once for all who ask, and let go when nobody does", async () => {
    let opened = 0;
    let closed = 0;
    const jobs = new DiffJobs({ answerWithinMs: 60_000 });
    const states = async () => {
      opened++;
      return { from: placeOf("before"), to: placeOf("after"), touched: null, done: () => void closed++ };
    };
    const answers = await Promise.all([jobs.compare("a", states), jobs.compare("a", states)]);
    expect(answers.map(({ compared }) => compared.isComplete)).toEqual([true, true]);
    const rows = await jobs.rows("a", states, { table: "pairs", kinds: ["added"], after: null, limit: 5 });
    expect(rows.rows.map(({ after }) => after)).toEqual([["a", 3, null]]);
    expect([opened, closed]).toEqual([1, 0]);
    jobs.end();
    expect(closed).toBe(1);
  });
});
