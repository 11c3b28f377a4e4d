import pg from "pg";
import { LastgoodError } from "../../../domain/errors.ts";

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANCELLED = "57014";
const TERMINATED = new Set(["57P01", "57P02", "57P03"]);
const READ_ONLY = "25006";
const NO_PRIVILEGE = "42501";
const MOST_TEMPORARY = "53400";

export function querySlow(limitMs: number): LastgoodError {
  return new LastgoodError("query_timeout", `The query took longer than ${limitMs / 1000} seconds and was ended.`, {
    hint: "Select fewer rows, or run it in a program of your own.",
  });
}

export function tooManyRows(limit: number): LastgoodError {
  return new LastgoodError("payload_too_large", `The result has more than ${limit} rows.`, {
    hint: "Select fewer rows, with LIMIT for example.",
  });
}

export function resultTooLarge(): LastgoodError {
  return new LastgoodError("payload_too_large", "The result of the query is too large.", {
    hint: "Select fewer rows or columns, with LIMIT for example.",
  });
}

export function sqlDenied(what: string, hint: string): LastgoodError {
  return new LastgoodError("sql_denied", `This query may not use ${what}.`, { hint });
}

export function tooManyQueries(what: string): LastgoodError {
  return new LastgoodError("rate_limited", `Too many queries wait for ${what}.`, {
    hint: "Send fewer at once.",
    retryAfterSeconds: 1,
  });
}

/** PostgreSQL's refusal of people's SQL as an error of ours; other errors stay what they are. */
export function explainSqlError(error: unknown, kind: "view" | "read" | "write", limitMs: number): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = "", message, hint, position } = error;
  if (code === CANCELLED) return querySlow(limitMs);
  if (TERMINATED.has(code)) {
    return new LastgoodError("query_cancelled", "The query was cancelled: its connection was ended.", {
      hint: "Nothing was changed. Run it again.",
      retryAfterSeconds: 1,
    });
  }
  if (code === READ_ONLY) return kind === "read" ? mayOnlyRead() : onlyReads();
  if (code === NO_PRIVILEGE) {
    return new LastgoodError("sql_denied", `PostgreSQL says: ${message}.`, {
      sqlState: code,
      hint:
        kind === "view"
          ? "A moment of the past is read with no rights beyond reading its tables."
          : "Queries run as the role that owns the database, without a superuser's rights.",
    });
  }
  return new LastgoodError("sql_error", message, {
    sqlState: code,
    ...(position && { position: Number(position) }),
    ...(hint && { hint }),
    ...(code === MOST_TEMPORARY && {
      hint: "The query needs more temporary room than it has: sort or group fewer rows.",
    }),
  });
}

export function onlyReads(): LastgoodError {
  return sqlDenied(
    "statements that write",
    "A moment of the past can be read, not changed. Give rows back, or restore to a preview.",
  );
}

export function mayOnlyRead(): LastgoodError {
  return new LastgoodError("forbidden", "You may read this database, but not change it.", {
    field: "sql",
    hint: "Ask an owner or admin of this namespace to give the write right back.",
  });
}
