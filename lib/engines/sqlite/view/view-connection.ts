import { LastgoodError } from "../../../domain/errors.ts";
import type { PageSource, QueryResult, SqlValue } from "../../engine.ts";
import { hasNamedPlaceholder, type StatementText, splitStatements } from "../hosted/split-statements.ts";
import {
  codeName,
  namedPlaceholder,
  paramsOfSeveral,
  resultTooLarge,
  sqlDenied,
  twoStatements,
  unboundPlaceholders,
} from "../hosted/statement-errors.ts";
import { weightOf } from "../hosted/statement-values.ts";
import { PAST_FILE, PAST_FILE_SYSTEM, PastFileSystem } from "./past-file-system.ts";
import { bindValues, readRow } from "./statement-row.ts";
import { textsInUtf16, tooManyRows, viewTooSlow } from "./view-errors.ts";
import type { ViewLimits, ViewQuestion } from "./view-messages.ts";
import { refuseInView } from "./view-rules.ts";
import type { Pointer, WasmSqlite } from "./wasm-sqlite.ts";

const ROW = 100;
const DONE = 101;
const NO_MEMORY = 7;
const INTERRUPTED = 9;
const IO_ERROR = 10;
const DENY = 1;
const OPEN_READ_ONLY = 0x1;
const OPEN_URI = 0x40;
/** Virtual machine instructions between two looks at the clock. */
const STEPS_PER_LOOK = 2000;
const TEXT_ENCODING_AT = 56;
const UTF_8 = 1;

/** https://www.sqlite.org/c3ref/c_dbconfig_defensive.html */
const CONFIG = { triggers: 1003, defensive: 1010, dqsInStatements: 1013, dqsInSchema: 1014, trustedSchema: 1017 };
/** https://www.sqlite.org/c3ref/c_limit_attached.html: which, and how many or how long. */
const LIMITS: readonly (readonly [limit: number, value: number])[] = [
  [0, 128 * 1024 * 1024], // length of a text or blob
  [1, 200_000], // length of the SQL
  [3, 500], // depth of an expression
  [5, 5_000_000], // instructions of one statement
  [7, 0], // attached databases
  [8, 10_000], // length of a LIKE pattern
];

/** Runs people's SQL on one moment of the past: reads only, within limits, on a file system that holds nothing else. */
export class ViewConnection {
  readonly #sqlite: WasmSqlite;
  readonly #files: PastFileSystem;
  readonly #limits: ViewLimits;
  #db: Pointer = 0;
  #sizeBytes = 0;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #denied: { what: string; hint: string } | null = null;

  constructor(sqlite: WasmSqlite, limits: ViewLimits) {
    this.#sqlite = sqlite;
    this.#files = new PastFileSystem(sqlite);
    this.#limits = limits;
  }

  /** Opens a state; what was open before is closed. The source is the caller's. */
  open(source: PageSource): void {
    this.close();
    this.#sizeBytes = source.pageSize * source.pageCount;
    requireReadableText(source);
    this.#files.show(source);
    const { capi, wasm } = this.#sqlite;
    const scope = wasm.scopedAllocPush();
    try {
      const out = wasm.scopedAllocPtr();
      const code = capi.sqlite3_open_v2(
        `file:${PAST_FILE}?immutable=1`,
        out,
        OPEN_READ_ONLY | OPEN_URI,
        PAST_FILE_SYSTEM,
      );
      this.#db = wasm.peekPtr(out);
      this.#require(code);
    } finally {
      wasm.scopedAllocPop(scope);
    }
    this.#restrict();
  }

  close(): void {
    if (this.#db !== 0) this.#sqlite.capi.sqlite3_close_v2(this.#db);
    this.#db = 0;
    this.#files.show(null);
  }

  /**
   * Runs all statements of a question, one after the other. Throws `sql_error`, `sql_denied`, `invalid_input`,
   * `payload_too_large`, `query_timeout`, and what its pages could not be read with.
   */
  run({ sql, params }: ViewQuestion): QueryResult[] {
    this.#deadlineMs = performance.now() + this.#limits.questionMs;
    const statements = splitStatements(sql);
    if (statements.length === 0) return [this.#result([], performance.now())];
    if (statements.length > 1 && params && params.length > 0) throw paramsOfSeveral(statements.length);
    const room = { bytes: this.#limits.resultBytes, rows: this.#limits.rows };
    return statements.map((statement, index) => {
      const startedMs = performance.now();
      try {
        return this.#result(this.#runOne(statement, params ?? [], room), startedMs);
      } catch (error) {
        if (!(error instanceof LastgoodError) || statements.length === 1) throw error;
        throw new LastgoodError(error.code, error.message, { ...error.details, statement: index + 1 });
      }
    });
  }

  #runOne(
    { sql }: StatementText,
    params: readonly SqlValue[],
    room: { bytes: number; rows: number },
  ): Record<string, SqlValue>[] {
    const { capi, wasm } = this.#sqlite;
    this.#files.failure = null;
    this.#denied = null;
    const scope = wasm.scopedAllocPush();
    let statement: Pointer = 0;
    try {
      statement = this.#prepare(sql);
      if (statement === 0) return [];
      // What the authorizer has let through must still be no write in SQLite's own eyes.
      if (capi.sqlite3_stmt_readonly(statement) === 0) {
        throw sqlDenied({ what: "statements that write", hint: "A moment of the past can be read, not changed." }, {});
      }
      if (hasNamedPlaceholder(sql)) throw namedPlaceholder();
      if (capi.sqlite3_bind_parameter_count(statement) > params.length) throw unboundPlaceholders(params.length);
      this.#require(bindValues(this.#sqlite, statement, params));
      return this.#collect(statement, room);
    } finally {
      if (statement !== 0) capi.sqlite3_finalize(statement);
      wasm.scopedAllocPop(scope);
    }
  }

  #prepare(sql: string): Pointer {
    const { capi, wasm } = this.#sqlite;
    const [text, bytes] = wasm.scopedAllocCString(sql, true);
    const [out, tail] = [wasm.scopedAllocPtr(), wasm.scopedAllocPtr()];
    this.#require(capi.sqlite3_prepare_v3(this.#db, text, bytes, 0, out, tail));
    const statement = wasm.peekPtr(out);
    const rest = Buffer.from(sql, "utf8")
      .subarray(wasm.peekPtr(tail) - text)
      .toString("utf8");
    if (splitStatements(rest).length === 0) return statement;
    if (statement !== 0) capi.sqlite3_finalize(statement);
    throw twoStatements(rest);
  }

  #collect(statement: Pointer, room: { bytes: number; rows: number }): Record<string, SqlValue>[] {
    const { capi } = this.#sqlite;
    const columns = capi.sqlite3_column_count(statement);
    const names = Array.from({ length: columns }, (_, column) => capi.sqlite3_column_name(statement, column));
    const rows: Record<string, SqlValue>[] = [];
    for (;;) {
      const code = capi.sqlite3_step(statement);
      if (code === DONE) return rows;
      if (code !== ROW) this.#require(code);
      if (--room.rows < 0) throw tooManyRows(this.#limits.rows);
      const values = readRow(this.#sqlite, statement, columns);
      room.bytes -= values.reduce<number>((sum, value, i) => sum + (names[i]?.length ?? 0) + weightOf(value), 16);
      if (room.bytes < 0) throw resultTooLarge();
      rows.push(Object.fromEntries(names.map((name, i) => [name, values[i] ?? null])));
    }
  }

  #result(rows: Record<string, SqlValue>[], startedMs: number): QueryResult {
    return {
      results: rows,
      success: true,
      meta: {
        durationMs: performance.now() - startedMs,
        changes: 0,
        lastRowId: 0,
        changedDb: false,
        rowsRead: rows.length,
        rowsWritten: 0,
        sizeAfterBytes: this.#sizeBytes,
      },
    };
  }

  #restrict(): void {
    const { capi } = this.#sqlite;
    const db = this.#db;
    capi.sqlite3_extended_result_codes(db, 1);
    for (const [option, on] of [
      [CONFIG.defensive, 1],
      [CONFIG.trustedSchema, 0],
      [CONFIG.triggers, 0],
      // As node:sqlite and SQLite's shell have it: databases made there may need them.
      [CONFIG.dqsInStatements, 1],
      [CONFIG.dqsInSchema, 1],
    ] as const) {
      this.#require(capi.sqlite3_db_config(db, option, on, 0));
    }
    for (const [limit, value] of LIMITS) capi.sqlite3_limit(db, limit, value);
    const heap = Math.floor(this.#limits.memoryBytes * 0.75);
    const settings = `PRAGMA hard_heap_limit = ${heap}; PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384`;
    this.#require(capi.sqlite3_exec(db, settings, 0, 0, 0));
    capi.sqlite3_progress_handler(db, STEPS_PER_LOOK, () => (performance.now() > this.#deadlineMs ? 1 : 0), 0);
    this.#require(capi.sqlite3_set_authorizer(db, (_, ...question) => this.#judge(...question), 0));
  }

  #judge(action: number, first: string | 0, second: string | 0): number {
    const refusal = refuseInView(action, first === 0 ? null : first, second === 0 ? null : second);
    if (!refusal) return 0;
    this.#denied ??= refusal;
    return DENY;
  }

  /** Throws what a result code means to people, unless it is none of an error. */
  #require(code: number): void {
    if (code === 0) return;
    const { capi } = this.#sqlite;
    if (this.#denied) throw sqlDenied(this.#denied, {});
    const primary = code & 255;
    if (primary === IO_ERROR && this.#files.failure) throw this.#files.failure;
    if (primary === INTERRUPTED) throw viewTooSlow(this.#limits.questionMs);
    const message = this.#db === 0 ? capi.sqlite3_errstr(code) : capi.sqlite3_errmsg(this.#db);
    throw new LastgoodError("sql_error", message, {
      sqliteCode: codeName(code),
      ...(primary === NO_MEMORY && { hint: "The query needs more memory than a view has: sort or group fewer rows." }),
    });
  }
}

/** Looked up in the database's header, which begins page 1. */
function requireReadableText(source: PageSource): void {
  const header = Uint8Array.from(source.read(1).subarray(0, 100));
  if (new DataView(header.buffer).getUint32(TEXT_ENCODING_AT) > UTF_8) throw textsInUtf16();
}
