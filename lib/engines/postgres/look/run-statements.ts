import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";
import type { QueryResult, SqlValue } from "../../engine.ts";
import { explainSqlError, onlyReads, querySlow, resultTooLarge, sqlDenied, tooManyRows } from "./look-errors.ts";
import type { ServerSession } from "./server-session.ts";
import { countPlaceholders, type StatementText, splitStatements } from "./split-statements.ts";
import { toSqlValue } from "./sql-values.ts";

export type SqlLimits = { questionMs: number; rows: number; resultBytes: number };
/** `view`: of the past; `read`: of the present, by somebody who may not change it. */
export type SqlKind = "view" | "read" | "write";

/** What a statement of a view begins with: nothing among these changes a setting, a connection or a row. */
const READS = new Set(["select", "with", "values", "table", "explain", "show", ""]);
const TRANSACTIONS = new Set(["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"]);
/** What a transaction that only reads does not keep somebody from who may only read. */
const ACTS = new Set(["notify", "do", "call", "load", "listen"]);
const READERS_ASK = "Who may only read asks: use SELECT.";
const NOT_IN_TRANSACTION = "25001";
const ONE_TRANSACTION = "The statements of one query already are one transaction: leave it out and send them together.";

/**
 * Runs people's statements on a connection that was opened for them alone, as one transaction. Each goes to the server by itself,
 * which refuses two in one. Throws `sql_error`, `sql_denied`, `invalid_input`, `payload_too_large`, `query_timeout`, or `forbidden`
 * for a write of somebody who may only read; then nothing took place.
 */
export async function runStatements(
  session: ServerSession,
  { sql, params, kind }: { sql: string; params: readonly SqlValue[]; kind: SqlKind },
  limits: SqlLimits,
): Promise<QueryResult[]> {
  const statements = splitStatements(sql);
  requireAllowed(statements, params, kind);
  const room = new Room(session, limits);
  try {
    await session.run(`SET statement_timeout = ${limits.questionMs}`);
    const [only] = statements;
    if (!only) return [await empty(session)];
    return await asTransaction(session, statements, params, kind, room).catch((error: unknown) => {
      const isAlone = statements.length === 1 && kind === "write";
      const needsNone = error instanceof pg.DatabaseError && error.code === NOT_IN_TRANSACTION;
      if (isAlone && needsNone) return outside(session, only, params, room);
      throw error;
    });
  } catch (error) {
    throw room.reason ?? explainSqlError(error, kind, limits.questionMs);
  } finally {
    room.forget();
  }
}

async function asTransaction(
  session: ServerSession,
  statements: readonly StatementText[],
  params: readonly SqlValue[],
  kind: SqlKind,
  room: Room,
): Promise<QueryResult[]> {
  await session.run(kind === "write" ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    // With a snapshot taken nobody can make the transaction one that writes.
    if (kind !== "write") await session.run("SELECT 1");
    const results: QueryResult[] = [];
    for (const [index, statement] of statements.entries()) {
      results.push(
        await runOne(session, statement, params, room).catch((error: unknown) => {
          if (statements.length === 1 || room.reason) throw error;
          throw naming(explainSqlError(error, kind, room.limits.questionMs), index + 1);
        }),
      );
    }
    const [size, isWritten] = await facts(session);
    // From here on nobody could tell whether it took place.
    room.forget();
    await session.run("COMMIT");
    return results.map((one) => ({
      ...one,
      meta: { ...one.meta, changedDb: isWritten && kind === "write", sizeAfterBytes: size },
    }));
  } catch (error) {
    if (!session.isLost) await session.run("ROLLBACK");
    throw error;
  }
}

/** VACUUM and its like, which refuse to run within a transaction. */
async function outside(
  session: ServerSession,
  statement: StatementText,
  params: readonly SqlValue[],
  room: Room,
): Promise<QueryResult[]> {
  const one = await runOne(session, statement, params, room);
  const [sizeAfterBytes] = await facts(session);
  return [{ ...one, meta: { ...one.meta, changedDb: true, sizeAfterBytes } }];
}

async function runOne(
  session: ServerSession,
  { sql }: StatementText,
  params: readonly SqlValue[],
  room: Room,
): Promise<QueryResult> {
  const startedMs = performance.now();
  const rows: Record<string, SqlValue>[] = [];
  const { rowCount, command } = await ask(session, sql, params, (fields, values) => {
    if (!room.takeRow()) return;
    rows.push(
      Object.fromEntries(fields.map(({ name, dataTypeID }, i) => [name, toSqlValue(dataTypeID, values[i] ?? null)])),
    );
  });
  const changes = /^(INSERT|UPDATE|DELETE|MERGE)$/.test(command) ? (rowCount ?? 0) : 0;
  return {
    results: rows,
    success: true,
    meta: {
      durationMs: performance.now() - startedMs,
      changes,
      lastRowId: 0,
      changedDb: false,
      rowsRead: rows.length,
      rowsWritten: changes,
      sizeAfterBytes: 0,
    },
  };
}

type Answer = Pick<pg.QueryResult, "rowCount" | "command">;

function ask(
  { client }: ServerSession,
  text: string,
  params: readonly SqlValue[],
  take: (fields: pg.FieldDef[], values: (string | null)[]) => void,
): Promise<Answer> {
  const values = params.map((value) => (typeof value === "bigint" ? String(value) : value));
  // Of the extended protocol also without values: it takes one statement and no more.
  const config = { text, values, rowMode: "array" as const, queryMode: "extended" };
  return new Promise((resolve, reject) => {
    const query = new pg.Query<(string | null)[]>(config);
    query.on("row", (row: unknown, result) => {
      take(result?.fields ?? [], row as (string | null)[]);
    });
    query.on("error", reject);
    query.on("end", (result: unknown) => resolve((Array.isArray(result) ? result.at(-1) : result) as Answer));
    client.query(query);
  });
}

/** What an answer may hold. Whoever asks for more is cut off, before the rest is in memory. */
class Room {
  readonly limits: SqlLimits;
  readonly #session: ServerSession;
  readonly #count: (bytes: Buffer) => void;
  readonly #late: NodeJS.Timeout;
  #rows = 0;
  #bytes = 0;
  #reason: LastgoodError | null = null;

  constructor(session: ServerSession, limits: SqlLimits) {
    this.limits = limits;
    this.#session = session;
    this.#count = (bytes) => {
      this.#bytes += bytes.length;
      if (this.#bytes > limits.resultBytes) this.end(resultTooLarge());
    };
    session.socket.on("data", this.#count);
    // A little later than the server's own limit, which people's SQL may set to another one.
    this.#late = setTimeout(() => this.end(querySlow(limits.questionMs)), limits.questionMs + 500);
  }

  /** Why the connection was cut; null while it was not. */
  get reason(): LastgoodError | null {
    return this.#reason;
  }

  takeRow(): boolean {
    if (++this.#rows > this.limits.rows) this.end(tooManyRows(this.limits.rows));
    return this.#reason === null;
  }

  end(reason: LastgoodError): void {
    this.#reason ??= reason;
    this.#session.cut();
  }

  forget(): void {
    clearTimeout(this.#late);
    this.#session.socket.off("data", this.#count);
  }
}

function requireAllowed(statements: readonly StatementText[], params: readonly SqlValue[], kind: SqlKind): void {
  if (statements.length > 1 && params.length > 0) {
    throw new LastgoodError("invalid_input", `Parameters go with one statement; here are ${statements.length}.`, {
      field: "params",
      hint: "Send the statements one by one, or write the values into the SQL.",
    });
  }
  for (const { sql, firstWord } of statements) {
    if (TRANSACTIONS.has(firstWord)) throw sqlDenied(firstWord.toUpperCase(), ONE_TRANSACTION);
    if (firstWord === "prepare" && /^prepare\s+transaction\b/i.test(sql)) {
      throw sqlDenied("PREPARE TRANSACTION", ONE_TRANSACTION);
    }
    if (firstWord === "copy") throw sqlDenied("COPY", "Use INSERT and SELECT, or connect with psql.");
    if (kind === "read" && ACTS.has(firstWord)) throw sqlDenied(firstWord.toUpperCase(), READERS_ASK);
    if (kind === "view" && !READS.has(firstWord)) throw onlyReads();
  }
  const [only] = statements;
  if (only && countPlaceholders(only.sql) !== params.length) {
    throw new LastgoodError(
      "invalid_input",
      `The statement has placeholders up to $${countPlaceholders(only.sql)}; ${params.length} values are given.`,
      { field: "params", hint: "Write $1, $2, … and give one value for each; null is written as null." },
    );
  }
}

async function facts(session: ServerSession): Promise<[sizeBytes: number, isWritten: boolean]> {
  const [row] = await session.rows(
    `SELECT pg_catalog.pg_database_size(pg_catalog.current_database()), pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL`,
  );
  return [Number(row?.[0]), row?.[1] === "t"];
}

async function empty(session: ServerSession): Promise<QueryResult> {
  const [sizeAfterBytes] = await facts(session);
  const meta = { durationMs: 0, changes: 0, lastRowId: 0, changedDb: false, rowsRead: 0, rowsWritten: 0 };
  return { results: [], success: true, meta: { ...meta, sizeAfterBytes } };
}

function naming(error: unknown, statement: number): unknown {
  if (!(error instanceof LastgoodError)) return error;
  return new LastgoodError(error.code, error.message, { ...error.details, statement });
}
