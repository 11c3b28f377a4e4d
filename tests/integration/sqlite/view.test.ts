import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase, SqlValue } from "../../../lib/engines/engine.ts";
import { ViewPool, type ViewPoolOptions } from "../../../lib/engines/sqlite/view/view-pool.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

const ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT";
let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

const failure = async (promise: Promise<unknown>): Promise<LastgoodError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LastgoodError);
  return error as LastgoodError;
};
const rowsAt = async (db: ProtectedDatabase, bookmark: string, sql: string, params?: SqlValue[]) =>
  (await world.engine.view(db, { bookmark }, params ? { sql, params } : { sql })).results.at(-1)?.results;

/** Our view processes, as the kernel tells. */
function viewProcesses(): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const isView = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("view-child.ts");
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return isView && parent === `${process.pid}` ? [Number(pid)] : [];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

describe("a view of the past", () => {
  test("shows each moment as it was while the writer goes on", { timeout: 90_000 }, async () => {
    const db = await world.host();
    await world.engine.query(db, { sql: "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c)" });
    const states: { bookmark: Bookmark; rows: unknown }[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        const many = `(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${1 + (i % 40)}) SELECT i FROM s)`;
        const sql = [
          `INSERT INTO t(b, c) SELECT hex(randomblob(40)), i FROM ${many}`,
          `UPDATE t SET c = c + 1 WHERE a % 3 = ${i % 3}`,
          "DELETE FROM t WHERE a % 5 = 0",
          i % 8 === 3 ? "VACUUM" : `INSERT INTO t(b) SELECT zeroblob(3000) FROM ${many}`,
        ][i % 4] as string;
        const { bookmark } = await world.engine.query(db, { sql });
        const seen = await world.engine.query(db, { sql: "SELECT * FROM t" });
        expect(seen.bookmark).toBe(bookmark);
        states.push({ bookmark, rows: seen.results[0]?.results });
      }
    })();
    while (states.length < 20) await sleep(5);
    for (const at of [0, 7, 11, 18]) {
      const state = states[at];
      expect(await rowsAt(db, state?.bookmark ?? "", "SELECT * FROM t")).toEqual(state?.rows);
    }
    // The same moment again, behind all that was written meanwhile.
    expect(await rowsAt(db, states[18]?.bookmark ?? "", "SELECT * FROM t ORDER BY a")).toEqual(states[18]?.rows);
    isOver = true;
    await writing;
    const last = states.at(-1);
    const now = await world.engine.view(db, { timestampMs: Date.now() }, { sql: "SELECT * FROM t" });
    expect(now.bookmark).toBe(last?.bookmark);
    expect(now.results[0]?.results).toEqual(last?.rows);
  });

  test.each([
    [512, 0],
    [4096, 1],
    [65_536, 2],
  ])("reads every kind of table (pages of %i bytes, auto-vacuum %i)", { timeout: 60_000 }, async (pageSize, vacuum) => {
    const file = world.file(`kinds-${pageSize}.db`);
    const program = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true, defensive: false });
    program.exec(`PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${vacuum}; PRAGMA journal_mode = WAL;
      CREATE TABLE plain (a INTEGER PRIMARY KEY, b TEXT, c BLOB, d REAL);
      CREATE INDEX partly ON plain (lower(b)) WHERE a > 3;
      CREATE TABLE keyed (x TEXT, y INT, z, PRIMARY KEY (x, y)) WITHOUT ROWID;
      CREATE TABLE checked (i INT, t TEXT, any ANY) STRICT;
      CREATE TABLE made (a INT, stored INT AS (a * 2) STORED, virtual TEXT AS ('v' || a));
      CREATE VIRTUAL TABLE words USING fts5 (body, title);
      CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1, y0, y1);
      CREATE VIEW seen AS SELECT x, count(*) AS n FROM keyed GROUP BY x;
      CREATE TRIGGER noted AFTER INSERT ON plain BEGIN INSERT INTO made (a) VALUES (new.a); END;
      CREATE TABLE other (a TEXT COLLATE nocase);
      INSERT INTO other VALUES ('b'), ('a');
      WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 60)
        INSERT INTO plain SELECT i, 'Row ' || i, CASE WHEN i % 7 = 0 THEN randomblob(90000) ELSE randomblob(i) END, i / 7.0 FROM s;
      INSERT INTO keyed SELECT b, a, c FROM plain;
      INSERT INTO checked VALUES (9007199254740993, 'text', x'00ff'), (-1, NULL, 1.5);
      INSERT INTO words VALUES ('the quick brown fox', 'one'), ('lazy dogs', 'two');
      INSERT INTO boxes VALUES (1, 0, 10, 0, 10), (2, 20, 30, 20, 30);
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'nocase', 'unknown_here') WHERE name = 'other';
      INSERT INTO sqlite_schema VALUES ('table', 'strange', 'strange', 0, 'CREATE VIRTUAL TABLE strange USING nowhere (a)');
      PRAGMA writable_schema = RESET`);
    const db = await world.attach(file);
    const questions = [
      "SELECT * FROM plain",
      "SELECT a FROM plain WHERE lower(b) = 'row 5' AND a > 3",
      "SELECT x, y, length(z) FROM keyed WHERE x > 'Row 3' ORDER BY x DESC",
      "SELECT * FROM checked",
      "SELECT * FROM made",
      "SELECT rowid, title, highlight(words, 0, '[', ']') AS h FROM words WHERE words MATCH 'qui*'",
      "SELECT id FROM boxes WHERE x1 > 15",
      "SELECT * FROM seen",
      "SELECT value FROM json_each('[1, \"two\", null]')",
      "SELECT type, name, sql FROM sqlite_schema",
      "PRAGMA integrity_check(keyed)",
      'SELECT "a string" AS s',
    ];
    const oracle = (sql: string) => {
      const statement = program.prepare(sql);
      statement.setReadBigInts(true);
      return plain(statement.all());
    };
    const before = questions.map(oracle);
    const { bookmark } = await world.engine.current(db);
    program.exec(`DELETE FROM plain; DROP TABLE keyed; UPDATE checked SET i = 0; DELETE FROM words; DELETE FROM boxes;
      DROP VIEW seen; ALTER TABLE made ADD COLUMN more; CREATE TABLE later AS SELECT randomblob(100000) AS r`);
    await world.engine.current(db);
    for (const [i, sql] of questions.entries()) expect(plain(await rowsAt(db, bookmark, sql)), sql).toEqual(before[i]);
    // What this build does not know fails by itself.
    const unknown = await failure(rowsAt(db, bookmark, "SELECT * FROM other ORDER BY a"));
    expect(unknown).toMatchObject({ code: "sql_error", message: expect.stringContaining("unknown_here") });
    expect(await rowsAt(db, bookmark, "SELECT count(*) AS n FROM other")).toEqual([{ n: 2 }]);
    const strange = await failure(rowsAt(db, bookmark, "SELECT * FROM strange"));
    expect(strange).toMatchObject({ code: "sql_error", message: "no such module: nowhere" });
    program.close();
  });

  test("of texts in UTF-16, which its build cannot read, is refused in words", async () => {
    const file = world.file("utf16.db");
    const program = new DatabaseSync(file);
    program.exec(
      "PRAGMA encoding = 'UTF-16le'; PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES ('ä')",
    );
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    expect(await failure(rowsAt(db, bookmark, "SELECT * FROM t"))).toMatchObject({
      code: "sql_error",
      message: expect.stringContaining("UTF-16"),
      details: { hint: expect.stringContaining("preview") },
    });
    program.close();
  });

  test("takes and gives values as a query does, and names what it refuses", async () => {
    const db = await world.host();
    const { bookmark } = await world.engine.query(db, { sql: "CREATE TABLE t(a); INSERT INTO t VALUES (1)" });
    const sql =
      "SELECT 9007199254740993 AS big, ? AS whole, typeof(?2) AS kind, ? AS blob, ? AS real, 'a' || char(0) AS nul";
    const params = [5, 5, new Uint8Array([0, 255]), 0.5];
    const asked = await world.engine.query(db, { sql, params });
    expect(await rowsAt(db, bookmark, sql, params)).toEqual(asked.results[0]?.results);
    for (const [bad, values, code] of [
      ["INSERT INTO t VALUES (2)", [], "sql_denied"],
      ["PRAGMA user_version = 3", [], "sql_denied"],
      ["BEGIN", [], "sql_denied"],
      ["CREATE TEMP TABLE x(a)", [], "sql_denied"],
      ["SELECT * FROM nowhere", [], "sql_error"],
      ["SELECT ?, ?", [1], "invalid_input"],
      ["SELECT :name", [1], "invalid_input"],
      ["SELECT 1; SELECT ?", [1], "invalid_input"],
      ["SELECT 1 SELECT 2", [], "sql_error"],
      ["SELECT '\0'", [], "invalid_input"],
    ] as const) {
      expect((await failure(rowsAt(db, bookmark, bad, [...values]))).code, bad).toBe(code);
    }
    const second = await failure(rowsAt(db, bookmark, "SELECT 1; DELETE FROM t; SELECT 2"));
    expect(second).toMatchObject({ code: "sql_denied", details: { statement: 2 } });
    const several = await world.engine.view(db, { bookmark }, { sql: "SELECT 1 AS a; -- none\n; SELECT a FROM t" });
    expect(several.results.map(({ results }) => results)).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    expect(several.bookmark).toBe(bookmark);
  });
});

describe("the processes of views", () => {
  let db: ProtectedDatabase;
  let moments: { txid: number; historyDirectory: string }[];
  beforeAll(async () => {
    db = await world.host();
    const historyDirectory = path.join(world.capture.paths.history, db.id);
    moments = [];
    for (let i = 0; i < 4; i++) {
      await world.engine.query(db, { sql: `CREATE TABLE t${i}(a)` });
      moments.push({ txid: (await world.engine.current(db)).txid, historyDirectory });
    }
  });
  const pools: ViewPool[] = [];
  const open = (options: Partial<ViewPoolOptions> = {}) => {
    const pool = new ViewPool({ historyRoot: world.capture.paths.history, ...options });
    pools.push(pool);
    return async (moment: number, sql: string, signal?: AbortSignal) => {
      const state = moments[moment] ?? { txid: 0, historyDirectory: "" };
      return (await pool.run(db.id, state, { sql, params: null }, signal)).at(-1)?.results;
    };
  };
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

  test("end a query that takes too long, and answers that are too large, and go on", async () => {
    const ask = open({ limits: { questionMs: 300, rows: 1000, resultBytes: 200_000 } });
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    expect((await failure(ask(0, `${ENDLESS} count(*) FROM r`))).code).toBe("query_timeout");
    expect(await failure(ask(0, `${ENDLESS} n FROM r LIMIT 1001`))).toMatchObject({
      code: "payload_too_large",
      message: "The result has more than 1000 rows.",
    });
    expect((await failure(ask(0, `${ENDLESS} hex(zeroblob(500)) FROM r`))).code).toBe("payload_too_large");
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("have so much memory and no more, and go on", async () => {
    const ask = open({ limits: { memoryBytes: 16 * 1024 * 1024 } });
    const sorting = `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 20)
      SELECT length(x) AS n FROM (SELECT hex(zeroblob(500000)) || n AS x FROM r) ORDER BY x`;
    expect(await failure(ask(0, sorting))).toMatchObject({
      code: "sql_error",
      details: { sqliteCode: "SQLITE_NOMEM", hint: expect.stringContaining("memory") },
    });
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    expect(await open()(0, sorting)).toHaveLength(20);
  });

  test("that are killed while they answer are told apart, and the next question works", async () => {
    const ask = open();
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    const asked = failure(ask(0, `${ENDLESS} count(*) FROM r`));
    for (const pid of viewProcesses()) process.kill(pid, "SIGKILL");
    expect(await asked).toMatchObject({ code: "query_cancelled", message: expect.stringContaining("SIGKILL") });
    expect(await ask(0, "SELECT name FROM sqlite_schema")).toEqual([{ name: "t0" }]);
  });

  test("are killed when nobody waits for the answer any more", async () => {
    const ask = open();
    await ask(0, "SELECT 1");
    const before = viewProcesses();
    const gone = new AbortController();
    const asked = failure(ask(0, `${ENDLESS} count(*) FROM r`, gone.signal));
    gone.abort(new LastgoodError("query_cancelled", "Nobody waits."));
    expect((await asked).message).toBe("Nobody waits.");
    expect(viewProcesses().length).toBeLessThanOrEqual(before.length);
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("are no more than allowed: the moment looked at longest ago makes room", async () => {
    const pool = viewProcesses().length;
    const ask = open({ maxProcesses: 2 });
    for (const moment of [0, 1, 2, 0]) {
      const names = await ask(moment, "SELECT name FROM sqlite_schema ORDER BY name");
      expect(names).toHaveLength(moment + 1);
      // Two that show a moment, and the spare.
      expect(viewProcesses().length - pool).toBeLessThanOrEqual(3);
    }
    expect(
      await Promise.all([1, 2, 3].map((moment) => ask(moment, "SELECT count(*) AS n FROM sqlite_schema"))),
    ).toEqual([2, 3, 4].map((n) => [{ n }]));
  });

  test("end by themselves when nobody asks any more", async () => {
    const before = new Set(viewProcesses());
    const ask = open({ limits: { idleMs: 50 } });
    await ask(0, "SELECT 1");
    const asked = () => viewProcesses().filter((pid) => !before.has(pid));
    // The spare stays for the next moment.
    while (asked().length > 1) await sleep(5);
    expect(await ask(0, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
  });

  test("read histories below a folder that is a link", async () => {
    const link = world.file("linked");
    symlinkSync(world.capture.paths.history, link);
    const pool = new ViewPool({ historyRoot: link });
    pools.push(pool);
    const state = { txid: moments[1]?.txid ?? 0, historyDirectory: path.join(link, db.id) };
    const [answer] = await pool.run(db.id, state, { sql: "SELECT count(*) AS n FROM sqlite_schema", params: null });
    expect(answer?.results).toEqual([{ n: 2 }]);
  });
});

/** Rows as plain objects, with integers as they are read by a query. */
function plain(rows: unknown): unknown {
  return (rows as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value,
      ]),
    ),
  );
}
