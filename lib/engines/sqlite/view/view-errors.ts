import { LastgoodError } from "../../../domain/errors.ts";

export function viewTooSlow(limitMs: number): LastgoodError {
  return new LastgoodError("query_timeout", `The query took longer than ${limitMs / 1000} seconds and was ended.`, {
    hint: "Select fewer rows, or restore the moment to a preview and query that.",
  });
}

export function tooManyRows(limit: number): LastgoodError {
  return new LastgoodError("payload_too_large", `The result has more than ${limit} rows.`, {
    hint: "Select fewer rows, with LIMIT for example.",
  });
}

/** The build reads texts as UTF-8 alone; taken for that, texts in UTF-16 would come out garbled. */
export function textsInUtf16(): LastgoodError {
  return new LastgoodError("sql_error", "This database stores its texts as UTF-16, which views cannot read.", {
    sqliteCode: "SQLITE_ERROR",
    hint: "Restore the moment to a preview and query that.",
  });
}
