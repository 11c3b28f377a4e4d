import { LastgoodError } from "../domain/errors.ts";

const SQL_LIMIT_BYTES = 100_000;
const PARAMS_LIMIT = 100;

/** Throws for an SQL text or a number of parameters that no query takes. */
export function checkQuery(sql: string, params: number): void {
  if (Buffer.byteLength(sql) > SQL_LIMIT_BYTES) {
    throw new LastgoodError("payload_too_large", `The SQL is longer than ${SQL_LIMIT_BYTES} bytes.`, {
      field: "sql",
      hint: "Split it into several queries, and pass large values as parameters.",
    });
  }
  if (params > PARAMS_LIMIT) {
    throw new LastgoodError("invalid_input", `A query takes at most ${PARAMS_LIMIT} parameters; here are ${params}.`, {
      field: "params",
      hint: "Split it into several queries.",
    });
  }
  if (sql.includes("\0")) {
    throw new LastgoodError("invalid_input", "The SQL holds a NUL character.", { field: "sql", hint: "Remove it." });
  }
}
