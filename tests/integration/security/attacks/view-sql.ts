import { readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import type { PageSource } from "../../../../lib/engines/engine.ts";
import { PAST_FILE_SYSTEM } from "../../../../lib/engines/sqlite/view/past-file-system.ts";
import { ViewConnection } from "../../../../lib/engines/sqlite/view/view-connection.ts";
import type { ViewLimits } from "../../../../lib/engines/sqlite/view/view-messages.ts";
import { loadWasmSqlite, type WasmSqlite } from "../../../../lib/engines/sqlite/view/wasm-sqlite.ts";

const PAGE = 4096;
const OPEN_READ_ONLY = 0x1;
const OPEN_URI = 0x40;
const LIMITS: ViewLimits = { questionMs: 400, rows: 2000, resultBytes: 500_000, memoryBytes: 16 * 1024 * 1024 };
/** Ends by itself long after its limit, for the control. */
const LONG = `${upTo(5_000_000)} SELECT count(*) AS n FROM r`;

const HOSTILE: readonly [sql: string, code: string][] = [
  ["INSERT INTO t VALUES (2)", "sql_denied"],
  ["UPDATE sqlite_schema SET sql = ''", "sql_error"],
  ["DELETE FROM boxes_node", "sql_error"],
  ["INSERT INTO boxes VALUES (2, 0, 1)", "sql_denied"],
  ["DELETE FROM t", "sql_denied"],
  ["DROP TABLE t", "sql_denied"],
  ["CREATE TABLE x (a)", "sql_denied"],
  ["CREATE TEMP TABLE x (a)", "sql_denied"],
  ["INSERT INTO words (words) VALUES ('rebuild')", "sql_denied"],
  ["VACUUM", "sql_denied"],
  ["VACUUM INTO 'copy'", "sql_denied"],
  ["BEGIN", "sql_denied"],
  ["SAVEPOINT s", "sql_denied"],
  ["ATTACH 'other' AS x", "sql_denied"],
  ["ATTACH '' AS x", "sql_denied"],
  ["ATTACH ':memory:' AS x", "sql_denied"],
  ["PRAGMA query_only = OFF", "sql_denied"],
  ["PRAGMA writable_schema = ON", "sql_denied"],
  ["PRAGMA trusted_schema = ON", "sql_denied"],
  ["PRAGMA hard_heap_limit = 0", "sql_denied"],
  ["PRAGMA journal_mode = WAL", "sql_denied"],
  ["PRAGMA temp_store_directory = '/tmp'", "sql_denied"],
  ["PRAGMA database_list", "sql_denied"],
  ["SELECT * FROM files", "sql_error"],
  ["SELECT * FROM loading", "sql_error"],
  ["SELECT load_extension('/tmp/hostile.so')", "sql_error"],
  ["SELECT readfile('/etc/passwd')", "sql_error"],
  ["SELECT writefile('/tmp/x', 'y')", "sql_error"],
  ["SELECT edit('x')", "sql_error"],
  [LONG, "query_timeout"],
  [`${upTo(2001)} SELECT n FROM r`, "payload_too_large"],
  [`${upTo(1000)} SELECT hex(zeroblob(500)) AS x FROM r`, "payload_too_large"],
  [`${upTo(20)} SELECT length(x) AS n FROM (SELECT hex(zeroblob(500000)) || n AS x FROM r) ORDER BY x`, "sql_error"],
];

/** No view writes, reaches another file, loads anything, or outlives its limits. */
export async function attack(folder: string): Promise<string | null> {
  const [file, other] = [path.join(folder, "past.db"), path.join(folder, "other.db")];
  const db = new DatabaseSync(file, { defensive: false });
  db.exec(`PRAGMA page_size = ${PAGE}; CREATE TABLE t (a); INSERT INTO t VALUES (1);
    CREATE VIRTUAL TABLE words USING fts5 (a); INSERT INTO words VALUES ('one');
    CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1); INSERT INTO boxes VALUES (1, 0, 1);
    CREATE VIEW files AS SELECT file FROM pragma_database_list;
    CREATE VIEW loading AS SELECT load_extension('/tmp/hostile.so') AS x`);
  db.close();
  new DatabaseSync(other).close();
  const sqlite = await loadWasmSqlite(LIMITS.memoryBytes);
  const connection = new ViewConnection(sqlite, LIMITS);
  connection.open(asSource(readFileSync(file)));
  const codeOf = (sql: string): string => {
    try {
      connection.run({ sql, params: null });
      return "done";
    } catch (error) {
      return error instanceof LastgoodError ? error.code : String(error);
    }
  };
  const good =
    "SELECT * FROM t; SELECT * FROM words WHERE words MATCH 'one'; SELECT * FROM boxes; PRAGMA table_info(t)";
  if (codeOf(good) !== "done") return `a good query is refused: ${codeOf(good)}`;
  if (opensOther(sqlite)) return "another file was opened";
  for (const [sql, code] of HOSTILE) {
    const became = codeOf(sql);
    if (became !== code) return `${sql}: ${became}`;
  }
  return codeOf(good) === "done" ? null : "later queries are refused";
}

/** Whether the file system, asked past all rules, knows any other file. */
function opensOther({ capi, wasm }: WasmSqlite): boolean {
  const scope = wasm.scopedAllocPush();
  try {
    const out = wasm.scopedAllocPtr();
    const code = capi.sqlite3_open_v2("file:other?immutable=1", out, OPEN_READ_ONLY | OPEN_URI, PAST_FILE_SYSTEM);
    capi.sqlite3_close_v2(wasm.peekPtr(out));
    return code === 0;
  } finally {
    wasm.scopedAllocPop(scope);
  }
}

/** Numbers from 1 to `count` as a table r(n). */
function upTo(count: number): string {
  return `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT ${count})`;
}

function asSource(image: Buffer): PageSource {
  return {
    pageSize: PAGE,
    pageCount: image.length / PAGE,
    read: (page) => image.subarray((page - 1) * PAGE, page * PAGE),
    close: () => undefined,
  };
}
