import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodeQueryResults } from "../../../lib/agent/encode-query-results.ts";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase, SqlValue } from "../../../lib/engines/engine.ts";
import { fence } from "../../../lib/engines/sqlite/apply/apply-pages.ts";
import { CaptureClient } from "../../../lib/engines/sqlite/capture-client.ts";
import { QueryPool } from "../../../lib/engines/sqlite/hosted/query-pool.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

const ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r";

let world: SqliteWorld;
let db: ProtectedDatabase;
beforeAll(async () => {
  world = new SqliteWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  db = await world.host();
});

const query = (sql: string, params?: SqlValue[]) => world.engine.query(db, params ? { sql, params } : { sql });
const rows = async (sql: string) => (await query(sql)).results.at(-1)?.results;
const failure = async (promise: Promise<unknown>): Promise<LastgoodError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LastgoodError);
  return error as LastgoodError;
};
/** Our query processes that have a file open, as the kernel tells. */
function queryProcess(file: string): number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("query-child")) return [];
      const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      return held.includes(file) ? [Number(pid)] : [];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

describe("queries on a hosted database", () => {
  test("each write answers with the bookmark of exactly its own commit, also when many come at once", async () => {
    await query("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
    const start = await world.engine.current(db);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => query("INSERT INTO t(b) VALUES (?) RETURNING a", [i])),
    );
    for (const [i, { bookmark, results }] of answers.entries()) {
      const { txid } = await world.engine.resolve(db, { bookmark });
      expect(txid).toBe(start.txid + 1 + i);
      expect(results[0]?.results).toEqual([{ a: i + 1 }]);
    }
    for (const i of [7, 31, 0]) {
      const { bookmark } = answers[i] ?? { bookmark: "" as Bookmark };
      await world.engine.restore(db, randomUUID(), bookmark, quietRun());
      expect(await rows("SELECT count(*) AS n, max(b) AS b FROM t")).toEqual([{ n: i + 1, b: i }]);
    }
  });

  test("a read answers with the bookmark of the state it saw and makes no commit", async () => {
    const written = await query("CREATE TABLE t(a)");
    expect((await query("SELECT * FROM t")).bookmark).toBe(written.bookmark);
    expect((await world.engine.current(db)).bookmark).toBe(written.bookmark);
  });

  test("several statements are one commit or none", async () => {
    await query("CREATE TABLE t(a UNIQUE)");
    const before = await world.engine.current(db);
    const refused = await failure(
      query("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)"),
    );
    expect(refused).toMatchObject({ code: "sql_error", details: { statement: 3, sqliteCode: "SQLITE_CONSTRAINT" } });
    expect((await world.engine.current(db)).bookmark).toBe(before.bookmark);
    const { results, bookmark } = await query(
      "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); SELECT a FROM t ORDER BY a; -- the end",
    );
    expect(results.map((one) => [one.results, one.meta.changes, one.meta.changedDb])).toEqual([
      [[], 1, true],
      [[], 1, true],
      [[{ a: 1 }, { a: 2 }], 0, false],
    ]);
    expect((await world.engine.resolve(db, { bookmark })).txid).toBe(before.txid + 1);
  });

  test("numbers keep all their digits, blobs are arrays of bytes, and whole parameters stay whole", async () => {
    const { results } = await query(
      "SELECT 9007199254740993 AS big, ? AS whole, typeof(?) AS kind, ? AS blob, ? AS real",
      [5, 5, new Uint8Array([0, 255]), 0.5],
    );
    const text = encodeQueryResults(results);
    expect(text).toContain('{"big":9007199254740993,"whole":5,"kind":"integer","blob":[0,255],"real":0.5}');
    expect(Object.keys(JSON.parse(text)[0].meta)).toEqual([
      "duration",
      "changes",
      "last_row_id",
      "changed_db",
      "rows_read",
      "rows_written",
      "size_after",
    ]);
  });

  test("a text without any statement answers one empty result", async () => {
    for (const sql of ["", "-- nothing to do", ";;"]) {
      const { results } = await query(sql);
      expect(results).toMatchObject([{ results: [], success: true, meta: { changes: 0 } }]);
    }
  });

  test("parameters go with one statement, at most a hundred, and SQL has its limit", async () => {
    expect(await failure(query("SELECT ?; SELECT ?", [1]))).toMatchObject({ code: "invalid_input" });
    expect(await failure(query("SELECT 1", [1]))).toMatchObject({ code: "sql_error" });
    expect(await failure(query("SELECT 1", Array(101).fill(1)))).toMatchObject({ code: "invalid_input" });
    expect(await failure(query(`SELECT '${"x".repeat(100_000)}'`))).toMatchObject({ code: "payload_too_large" });
    expect(await failure(query("SELECT 1\0; DROP TABLE t"))).toMatchObject({ code: "invalid_input" });
  });

  test("a placeholder without a value is refused: it would have written NULL", async () => {
    await query("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    for (const [sql, params] of [
      ["UPDATE t SET a = ?", undefined],
      ["UPDATE t SET a = ? WHERE a = ?", [2]],
      ["INSERT INTO t VALUES (5); UPDATE t SET a = :a", undefined],
    ] as const) {
      expect(await failure(query(sql, params && [...params]))).toMatchObject({
        code: "invalid_input",
        details: { field: "params" },
      });
    }
    expect(await rows("SELECT a FROM t")).toEqual([{ a: 1 }]);
    expect((await query("INSERT INTO t VALUES (?1 + ?1) RETURNING a", [3])).results[0]?.results).toEqual([{ a: 6 }]);
    expect(await rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
  });

  test("a deferred constraint that fails at the commit is an error and leaves nothing behind", async () => {
    await query("CREATE TABLE p(id PRIMARY KEY); CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
    expect(await failure(query("INSERT INTO c VALUES (1)"))).toMatchObject({ code: "sql_error" });
    expect(await rows("SELECT count(*) AS n FROM c")).toEqual([{ n: 0 }]);
  });

  test("VACUUM is one commit like any other", async () => {
    await query("CREATE TABLE t(a); INSERT INTO t SELECT randomblob(5000) FROM (VALUES (1), (2), (3)); DELETE FROM t");
    const before = await world.engine.current(db);
    const { bookmark } = await query("VACUUM");
    expect((await world.engine.resolve(db, { bookmark })).txid).toBe(before.txid + 1);
    expect(await failure(query("VACUUM; SELECT 1"))).toMatchObject({ code: "sql_denied" });
  });

  test("no other file can be reached", async () => {
    const other = world.file("secret.db");
    writeFileSync(other, "");
    for (const sql of [
      `ATTACH '${other}' AS x`,
      `VACUUM INTO '${other}.copy'`,
      "SELECT load_extension('/tmp/x.so')",
      "PRAGMA journal_mode = DELETE",
      "SELECT * FROM pragma_database_list",
      "PRAGMA temp_store_directory = '/tmp'",
      "PRAGMA writable_schema = ON",
      "BEGIN",
      "CREATE TEMP TABLE x(a)",
    ]) {
      expect(await failure(query(sql))).toMatchObject({ code: "sql_denied" });
    }
    expect(existsSync(`${other}.copy`)).toBe(false);
    expect(await rows("PRAGMA page_size")).toEqual([{ page_size: 4096 }]);
  });

  test("a query process that is killed from outside fails its query only, and the next one works", async () => {
    await query("CREATE TABLE t(a)");
    const endless = query(ENDLESS);
    await sleep(300);
    const pids = queryProcess(db.path);
    expect(pids).toHaveLength(1);
    process.kill(pids[0] ?? 0, "SIGKILL");
    expect(await failure(endless)).toMatchObject({ code: "query_cancelled" });
    await query("INSERT INTO t VALUES (1)");
    expect(await rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 1 }]);
  });

  test("killed in the middle of a stream of writes, what was acknowledged is there and nothing else", {
    timeout: 60_000,
  }, async () => {
    await query("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
    const acknowledged: number[] = [];
    const lost: number[] = [];
    const bookmarks = new Set<string>();
    for (let i = 1; i <= 150; i++) {
      const [pid] = i % 8 === 0 ? queryProcess(db.path) : [];
      if (pid !== undefined) setTimeout(() => process.kill(pid, "SIGKILL"), (i / 8) % 6);
      try {
        const { bookmark } = await query("INSERT INTO t VALUES (?, randomblob(3000))", [i]);
        acknowledged.push(i);
        bookmarks.add(bookmark);
      } catch (error) {
        expect(error).toMatchObject({ code: "query_cancelled" });
        lost.push(i);
      }
    }
    const there = (await rows("SELECT a FROM t ORDER BY a"))?.map(({ a }) => a);
    expect(there).toEqual(acknowledged);
    expect(bookmarks.size).toBe(acknowledged.length);
    expect(lost.length).toBeGreaterThan(0);
  });

  test("while the reader is away writes are refused before they happen, reads go on", { timeout: 60_000 }, async () => {
    await query("CREATE TABLE t(a)");
    await query("INSERT INTO t VALUES (1)");
    await world.capture.killReader();
    try {
      expect(await failure(query("INSERT INTO t VALUES (2)"))).toMatchObject({ code: "not_protected" });
      expect(await rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 1 }]);
    } finally {
      world.capture.startReader();
    }
    await world.capture.until(db.id, "protected");
    await query("INSERT INTO t VALUES (2)");
    expect(await rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
  });
});

describe("limits", () => {
  const limited = (limits: object, maxProcesses?: number) => {
    const capture = new CaptureClient(world.capture.paths);
    const pool = new QueryPool({
      temporaryDirectory: world.capture.paths.temporary,
      acknowledgement: {
        requireReady: () => capture.requireReader(),
        flush: (id) => capture.flush(id, false, 1500),
        fence,
      },
      limits,
      ...(maxProcesses === undefined ? {} : { maxProcesses }),
    });
    return { pool, close: () => pool.close().then(() => capture.close()) };
  };

  test("a query that takes too long is ended, and its write never happened", async () => {
    const { pool, close } = limited({ queryMs: 400 });
    try {
      await pool.run(db, { sql: "CREATE TABLE t(a)" });
      const error = await failure(pool.run(db, { sql: `INSERT INTO t VALUES (1); ${ENDLESS}` }));
      expect(error).toMatchObject({ code: "query_timeout" });
      expect((await pool.run(db, { sql: "SELECT count(*) AS n FROM t" })).results[0]?.results).toEqual([{ n: 0 }]);
    } finally {
      await close();
    }
  });

  test("results beyond the limit are refused, memory stays bounded", async () => {
    const { pool, close } = limited({ resultBytes: 1_000_000 });
    try {
      const many =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n, hex(randomblob(500)) FROM r";
      expect(await failure(pool.run(db, { sql: many }))).toMatchObject({ code: "payload_too_large" });
      expect(await failure(pool.run(db, { sql: "SELECT zeroblob(900000000)" }))).toMatchObject({ code: "sql_error" });
      expect((await pool.run(db, { sql: "SELECT 1 AS one" })).results[0]?.results).toEqual([{ one: 1 }]);
    } finally {
      await close();
    }
  });

  test("a query that wants more memory than a process may have is told so", async () => {
    const copies = Array.from({ length: 20 }, (_, i) => `(SELECT x || '${i}' FROM big) AS c${i}`).join(", ");
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`).join(", ");
    const sql = `WITH big(x) AS MATERIALIZED (SELECT randomblob(100000000)) SELECT length(max(${names})) FROM (SELECT ${copies})`;
    expect(await failure(query(sql))).toMatchObject({ code: "sql_error", details: { sqliteCode: "SQLITE_NOMEM" } });
    expect(await rows("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("a write that is committed while the reader hangs is told apart from one that failed", async () => {
    const { pool, close } = limited({});
    try {
      await pool.run(db, { sql: "CREATE TABLE t(a)" });
      world.capture.reader?.kill("SIGSTOP");
      const error = await failure(pool.run(db, { sql: "INSERT INTO t VALUES (1)" }));
      expect(error).toMatchObject({ code: "committed_not_protected" });
      world.capture.reader?.kill("SIGCONT");
      const read = await pool.run(db, { sql: "SELECT count(*) AS n FROM t" });
      expect(read.results[0]?.results).toEqual([{ n: 1 }]);
      expect(read.bookmark).toBe((await world.engine.current(db)).bookmark);
    } finally {
      world.capture.reader?.kill("SIGCONT");
      await close();
    }
  });

  test("no more processes than allowed: the one used longest ago makes room, and all databases go on", async () => {
    const others = [db, await world.host(), await world.host()];
    const { pool, close } = limited({}, 2);
    try {
      for (let round = 0; round < 3; round++) {
        for (const one of others) {
          await pool.run(one, { sql: "CREATE TABLE IF NOT EXISTS t(a)" });
          expect(others.flatMap(({ path: file }) => queryProcess(file)).length).toBeLessThanOrEqual(2);
        }
      }
      const all = others.flatMap((one) => [1, 2, 3].map(() => pool.run(one, { sql: "INSERT INTO t VALUES (1)" })));
      expect(await Promise.all(all)).toHaveLength(9);
    } finally {
      await close();
    }
  });

  test("an idle process ends by itself", async () => {
    const { pool, close } = limited({ idleMs: 100 });
    try {
      await pool.run(db, { sql: "SELECT 1" });
      expect(queryProcess(db.path)).toHaveLength(1);
      await sleep(600);
      expect(queryProcess(db.path)).toHaveLength(0);
    } finally {
      await close();
    }
  });
});

describe("while a hosted database is being restored", () => {
  test("its callers are turned away or cancelled, others notice nothing, and afterwards it goes on", {
    timeout: 60_000,
  }, async () => {
    const other = await world.host("other");
    await world.engine.query(other, { sql: "CREATE TABLE t(a)" });
    const { bookmark } = await query("CREATE TABLE t(a)");
    await query(
      "INSERT INTO t SELECT randomblob(1000) FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 3000) SELECT n FROM r)",
    );
    const inFlight = failure(query(ENDLESS));
    await sleep(200);
    const queued = failure(query("INSERT INTO t VALUES (2)"));
    let restoring = true;
    const restored = world.engine.restore(db, randomUUID(), bookmark, quietRun()).finally(() => {
      restoring = false;
    });
    expect(await inFlight).toMatchObject({ code: "query_cancelled", status: 503 });
    expect(await queued).toMatchObject({ code: "restoring", status: 503, details: { retryAfterSeconds: 1 } });
    let refused = 0;
    while (restoring) {
      const answer = await query("SELECT count(*) AS n FROM t").then(
        ({ results }) => results[0]?.results,
        (error: LastgoodError) => error.code,
      );
      if (answer === "restoring") refused++;
      else expect(answer).toEqual([{ n: 0 }]);
      await world.engine.query(other, { sql: "INSERT INTO t VALUES (1)" });
    }
    await restored;
    expect(refused).toBeGreaterThan(0);
    expect(await rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
    await query("INSERT INTO t VALUES (9)");
    expect(await rows("SELECT a FROM t")).toEqual([{ a: 9 }]);
  });

  test("a write whose commit had begun is answered as what it is", { timeout: 60_000 }, async () => {
    await query("CREATE TABLE t(a INTEGER PRIMARY KEY)");
    const { bookmark } = await query("INSERT INTO t VALUES (0)");
    const outcomes = new Map<number, string>();
    let next = 1;
    let done = false;
    const callers = Array.from({ length: 3 }, async () => {
      while (!done) {
        const n = next++;
        try {
          outcomes.set(n, (await query("INSERT INTO t VALUES (?)", [n])).bookmark);
        } catch (error) {
          const { code } = error as LastgoodError;
          expect(["restoring", "query_cancelled"]).toContain(code);
          await sleep(5);
        }
      }
    });
    await sleep(200);
    const { previous } = await world.engine.restore(db, randomUUID(), bookmark, quietRun());
    done = true;
    await Promise.all(callers);
    const before = [...outcomes].filter(([, of]) => of <= previous.bookmark).map(([n]) => n);
    await world.engine.restore(db, randomUUID(), previous.bookmark, quietRun());
    expect((await rows("SELECT a FROM t ORDER BY a"))?.map(({ a }) => a)).toEqual([0, ...before.sort((a, b) => a - b)]);
  });
});
