import { constants, type DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import type { QueryResult, SqlValue } from "../../engine.ts";
import { drainStatement, refuseTail } from "./drain-statement.ts";
import type { QueryText } from "./query-messages.ts";
import { readScript } from "./read-script.ts";
import { hasNamedPlaceholder, type StatementText, splitStatements } from "./split-statements.ts";
import { judgeSql } from "./sql-rules.ts";
import {
  codeName,
  namedPlaceholder,
  paramsOfSeveral,
  resultTooLarge,
  sqlDenied,
  unboundPlaceholders,
} from "./statement-errors.ts";
import { asShort, weightOf } from "./statement-values.ts";

/** What became of one query's statements before its end was decided. */
export type Ran =
  | { kind: "read"; results: QueryResult[] }
  /** `commit` makes it lasting, `rollback` undoes it; both throw SQLite's error as a LastgoodError. */
  | { kind: "write"; results: QueryResult[]; commit(): QueryResult[] | null; rollback(): void };

type BoundStatement = StatementText & { params: readonly SqlValue[] };

/** Statements that may change the file without changing a row or the schema. */
const SILENT_WRITES = new Set(["pragma", "reindex", "analyze"]);

/** Runs people's SQL on one connection, one query at a time, under the rules of `judgeSql`. */
export class StatementRunner {
  readonly #connection: DatabaseSync;
  readonly #resultLimitBytes: number;
  /** Set while people's SQL is compiled or run; our own statements are not judged. */
  #judging: { vacuuming: boolean; writes: boolean; denied: { what: string; hint: string } | null } | null = null;

  constructor(connection: DatabaseSync, resultLimitBytes: number) {
    this.#connection = connection;
    this.#resultLimitBytes = resultLimitBytes;
    connection.setAuthorizer((action, first, second) => this.#authorize(action, first, second));
  }

  get sizeBytes(): number {
    return this.#ask("PRAGMA page_count") * this.#ask("PRAGMA page_size");
  }

  /**
   * Runs all statements of a query as one transaction and leaves a write uncommitted. Throws `sql_error`, `sql_denied`,
   * `invalid_input`, `payload_too_large`, or `forbidden` for a write of a `readOnly` query; then nothing took place.
   */
  run(query: QueryText): Ran {
    const { limits } = this.#connection;
    const { length } = limits;
    limits.length = query.valueLimitBytes ?? length;
    try {
      return this.#runLimited(query);
    } finally {
      limits.length = length;
    }
  }

  /**
   * Runs a file of statements as one transaction and leaves it uncommitted. Its one result counts them, and those that were there to change something. References between rows
   * are checked at the end, and a BEGIN at its head and a COMMIT at its end, as other programs write them, are left out.
   */
  runScript(file: string): Ran {
    const connection = this.#connection;
    const startedMs = performance.now();
    const before = this.#ask("SELECT total_changes()");
    try {
      connection.exec("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON");
    } catch (error) {
      throw this.#explain(error, null);
    }
    try {
      let [statements, writes, rowsRead] = [0, 0, 0];
      for (const statement of readScript(file)) {
        const { sql } = statement;
        const { value } = this.#judged(false, () => drainStatement(connection.prepare(sql), statement), statements++);
        if (value.writes) writes++;
        rowsRead += value.rows;
      }
      const changes = this.#ask("SELECT total_changes()") - before;
      const { meta, success } = this.#emptyResult(false);
      const figures = { durationMs: performance.now() - startedMs, changes, changedDb: true, rowsRead };
      const result = {
        results: [{ statements, writes }],
        success,
        meta: { ...meta, ...figures, rowsWritten: changes },
      };
      return { kind: "write", results: [result], commit: () => this.#commit(), rollback: () => this.#rollback() };
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  #runLimited({ parts, readOnly, asLists }: QueryText): Ran {
    const statements = parts.flatMap(splitPart);
    const [only] = statements;
    if (!only) return { kind: "read", results: [this.#emptyResult(asLists)] };
    if (only.firstWord === "vacuum") {
      if (readOnly) throw mayOnlyRead();
      return this.#prepareVacuum(statements, asLists);
    }
    if (!readOnly) return this.#runAsTransaction(statements, false, asLists);
    // SQLite itself then refuses what neither compiling nor running a statement has shown to be a write.
    this.#connection.exec("PRAGMA query_only = ON");
    try {
      return this.#runAsTransaction(statements, true, asLists);
    } finally {
      this.#connection.exec("PRAGMA query_only = OFF");
    }
  }

  #runAsTransaction(statements: BoundStatement[], readOnly: boolean, asLists: boolean): Ran {
    const connection = this.#connection;
    let writes = this.#looksLikeWrite(statements);
    if (writes && readOnly) throw mayOnlyRead();
    try {
      connection.exec(writes ? "BEGIN IMMEDIATE" : "BEGIN");
    } catch (error) {
      throw this.#explain(error, null);
    }
    try {
      const results: QueryResult[] = [];
      const room = { bytes: this.#resultLimitBytes };
      statements.forEach((statement, index) => {
        const ran = this.#runOne(statement, room, statements.length > 1 ? index : null, asLists);
        // A function or virtual table may write although compiling its statement did not show it.
        writes ||= ran.writes;
        results.push(ran.result);
      });
      if (writes && readOnly) throw mayOnlyRead();
      if (!writes) {
        connection.exec("COMMIT");
        return { kind: "read", results };
      }
      return { kind: "write", results, commit: () => this.#commit(), rollback: () => this.#rollback() };
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /**
   * Whether the write lock is needed: a transaction that begins as a reader could fail to become a writer. Compiled within
   * a transaction, so that setting `foreign_keys` stays without effect. What cannot be compiled yet may need an earlier
   * statement to have run, and counts as a write.
   */
  #looksLikeWrite(statements: StatementText[]): boolean {
    try {
      this.#connection.exec("BEGIN");
      return statements.some(({ sql }, index) => {
        const { writes } = this.#judged(
          false,
          () => this.#connection.prepare(sql),
          statements.length > 1 ? index : null,
        );
        return writes;
      });
    } catch (error) {
      const isSyntax = error instanceof LastgoodError && error.details.sqliteCode === "SQLITE_ERROR";
      if (isSyntax && statements.length > 1) return true;
      throw error;
    } finally {
      this.#rollback();
    }
  }

  #runOne(
    { sql, firstWord, params }: BoundStatement,
    room: { bytes: number },
    index: number | null,
    asLists: boolean,
  ): { result: QueryResult; writes: boolean } {
    const startedMs = performance.now();
    const changesBefore = this.#ask("SELECT total_changes()");
    const schemaBefore = this.#ask("PRAGMA schema_version");
    const {
      value: { columns, rows },
      writes,
    } = this.#judged(
      false,
      () => {
        const statement = this.#connection.prepare(sql);
        refuseTail(statement, sql);
        return collectRows(statement, params, room);
      },
      index,
    );
    const changes = this.#ask("SELECT total_changes()") - changesBefore;
    const isOther = this.#ask("PRAGMA schema_version") !== schemaBefore || SILENT_WRITES.has(firstWord);
    const result: QueryResult = {
      ...(asLists ? { results: [], lists: { columns, rows } } : { results: rows.map((row) => asRecord(columns, row)) }),
      success: true,
      meta: {
        durationMs: performance.now() - startedMs,
        changes: writes ? changes : 0,
        lastRowId: this.#askExact("SELECT last_insert_rowid()"),
        changedDb: writes && (changes > 0 || isOther),
        rowsRead: rows.length,
        rowsWritten: writes ? changes : 0,
        sizeAfterBytes: this.sizeBytes,
      },
    };
    return { result, writes };
  }

  #commit(): null {
    try {
      this.#connection.exec("COMMIT");
      return null;
    } catch (error) {
      this.#rollback();
      throw this.#explain(error, null);
    }
  }

  /** VACUUM refuses to run within a transaction: it is the whole query, and runs when the commit is decided. */
  #prepareVacuum(statements: BoundStatement[], asLists: boolean): Ran {
    const [only] = statements;
    if (!only || statements.length > 1) {
      throw new LastgoodError("sql_denied", "VACUUM cannot be combined with other statements.", {
        hint: "Send VACUUM as a query of its own.",
      });
    }
    const startedMs = performance.now();
    const compile = () => {
      const statement = this.#connection.prepare(only.sql);
      refuseTail(statement, only.sql);
      return statement;
    };
    this.#judged(true, compile, null);
    const commit = () => {
      this.#judged(true, () => compile().run(), null);
      const result = this.#emptyResult(asLists);
      return [{ ...result, meta: { ...result.meta, durationMs: performance.now() - startedMs, changedDb: true } }];
    };
    return { kind: "write", results: [this.#emptyResult(asLists)], commit, rollback: () => undefined };
  }

  #emptyResult(asLists: boolean): QueryResult {
    return {
      results: [],
      ...(asLists && { lists: { columns: [], rows: [] } }),
      success: true,
      meta: {
        durationMs: 0,
        changes: 0,
        lastRowId: this.#askExact("SELECT last_insert_rowid()"),
        changedDb: false,
        rowsRead: 0,
        rowsWritten: 0,
        sizeAfterBytes: this.sizeBytes,
      },
    };
  }

  #rollback(): void {
    if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
  }

  #judged<T>(vacuuming: boolean, work: () => T, index: number | null): { value: T; writes: boolean } {
    const judging = { vacuuming, writes: false, denied: null };
    this.#judging = judging;
    try {
      const value = work();
      return { value, writes: judging.writes };
    } catch (error) {
      throw this.#explain(error, index);
    } finally {
      this.#judging = null;
    }
  }

  #authorize(action: number, first: string | null, second: string | null): number {
    const judging = this.#judging;
    if (!judging) return constants.SQLITE_OK;
    const verdict = judgeSql({ action, first, second, vacuuming: judging.vacuuming });
    if (!verdict.allowed) {
      judging.denied ??= { what: verdict.what, hint: verdict.hint };
      return constants.SQLITE_DENY;
    }
    judging.writes ||= verdict.writes;
    return constants.SQLITE_OK;
  }

  /** SQLite's error as one that people may see. `index` is the statement's place among several. */
  #explain(error: unknown, index: number | null): unknown {
    if (error instanceof LastgoodError) return error;
    const where = index === null ? {} : { statement: index + 1 };
    const denied = this.#judging?.denied;
    if (denied) {
      return sqlDenied(denied, where);
    }
    if (!(error instanceof Error)) return error;
    if ("errcode" in error && typeof error.errcode === "number") {
      return new LastgoodError("sql_error", error.message, { sqliteCode: codeName(error.errcode), ...where });
    }
    // What node:sqlite itself refuses: too few or too many parameters, a value of a type that SQLite lacks.
    if ("code" in error && typeof error.code === "string" && error.code.startsWith("ERR_")) {
      return new LastgoodError("sql_error", error.message, { sqliteCode: "SQLITE_MISUSE", ...where });
    }
    return error;
  }

  #ask(sql: string): number {
    return Number(this.#askExact(sql));
  }

  #askExact(sql: string): number | bigint {
    const judging = this.#judging;
    this.#judging = null;
    try {
      const statement = this.#connection.prepare(sql);
      statement.setReadBigInts(true);
      return asShort(Object.values(statement.all()[0] ?? {})[0] as bigint);
    } finally {
      this.#judging = judging;
    }
  }
}

/** Values go with one statement. */
function splitPart({ sql, params }: QueryText["parts"][number]): BoundStatement[] {
  const statements = splitStatements(sql);
  if (statements.length > 1 && params && params.length > 0) throw paramsOfSeveral(statements.length);
  return statements.map((statement) => ({ ...statement, params: params ?? [] }));
}

function mayOnlyRead(): LastgoodError {
  return new LastgoodError("forbidden", "You may read this database, but not change it.", {
    field: "sql",
    hint: "Ask an owner or admin of this namespace to give the write right back.",
  });
}

function collectRows(
  statement: StatementSync,
  params: readonly SqlValue[],
  room: { bytes: number },
): { columns: string[]; rows: SqlValue[][] } {
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const names = statement.columns().map(({ name }) => name);
  const bound = params.map(asInput);
  requireAllBound(statement, bound);
  if (names.length === 0) {
    statement.run(...bound);
    return { columns: names, rows: [] };
  }
  const rows: SqlValue[][] = [];
  for (const values of statement.iterate(...bound) as Iterable<unknown>) {
    const row = (values as SqlValue[]).map((value) => (typeof value === "bigint" ? asShort(value) : value));
    room.bytes -= names.reduce((sum, name, i) => sum + name.length + weightOf(row[i] ?? null), 16);
    if (room.bytes < 0) throw resultTooLarge();
    rows.push(row);
  }
  return { columns: names, rows };
}

function asRecord(columns: readonly string[], row: readonly SqlValue[]): Record<string, SqlValue> {
  return Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]));
}

/**
 * Refuses a statement with more placeholders than values: SQLite would take NULL for the missing ones. `iterate` binds and
 * runs nothing before its first row is asked for, so one value too many tells.
 */
function requireAllBound(statement: StatementSync, bound: readonly SQLInputValue[]): void {
  if (hasNamedPlaceholder(statement.sourceSQL)) throw namedPlaceholder();
  try {
    statement.iterate(...bound, null);
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === 25) return;
    throw error;
  }
  throw unboundPlaceholders(bound.length);
}

/** Whole numbers are bound as INTEGER: node:sqlite would bind every JavaScript number as REAL. */
function asInput(value: SqlValue): SQLInputValue {
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
}
