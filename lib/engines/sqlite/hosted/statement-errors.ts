import { LastgoodError } from "../../../domain/errors.ts";

/** Names of SQLite's primary result codes, https://www.sqlite.org/rescode.html */
const SQLITE_CODES: Record<number, string> = {
  1: "SQLITE_ERROR",
  4: "SQLITE_ABORT",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  17: "SQLITE_SCHEMA",
  18: "SQLITE_TOOBIG",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
  21: "SQLITE_MISUSE",
  23: "SQLITE_AUTH",
  25: "SQLITE_RANGE",
  26: "SQLITE_NOTADB",
};

/** The name of a result code, extended or not. */
export function codeName(code: number): string {
  return SQLITE_CODES[code & 255] ?? "SQLITE_ERROR";
}

export function paramsOfSeveral(statements: number): LastgoodError {
  return new LastgoodError("invalid_input", `Parameters go with one statement; here are ${statements}.`, {
    field: "params",
    hint: "Send the statements one by one, or write the values into the SQL.",
  });
}

export function sqlDenied(denied: { what: string; hint: string }, where: { statement?: number }): LastgoodError {
  return new LastgoodError("sql_denied", `This query may not use ${denied.what}.`, { hint: denied.hint, ...where });
}

/** @param tail what follows the statement that SQLite's own parser found */
export function twoStatements(tail: string): LastgoodError {
  return new LastgoodError("sql_error", `near "${tail.trim().slice(0, 20)}": syntax error`, {
    sqliteCode: "SQLITE_ERROR",
    hint: "Two statements are separated by a semicolon.",
  });
}

export function resultTooLarge(): LastgoodError {
  return new LastgoodError("payload_too_large", "The result of the query is too large.", {
    hint: "Select fewer rows or columns, with LIMIT for example.",
  });
}

export function namedPlaceholder(): LastgoodError {
  return new LastgoodError("invalid_input", "Placeholders with a name are not supported.", {
    field: "params",
    hint: "Write ? or ?1 instead and give the values in order.",
  });
}

/** SQLite would take NULL for the missing ones. */
export function unboundPlaceholders(values: number): LastgoodError {
  return new LastgoodError("invalid_input", `The statement has more placeholders than the ${values} values given.`, {
    field: "params",
    hint: "Give one value for each placeholder; null is written as null.",
  });
}
