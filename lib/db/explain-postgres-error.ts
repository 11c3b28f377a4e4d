import { LastgoodError } from "../domain/errors.ts";
import { metadataUnavailable } from "./metadata-unavailable.ts";

const CREATE = "GRANT ALL ON DATABASE … TO …, and on its schema public; simplest is a database that this user owns.";

/** By SQLSTATE: what is wrong with the address, the account or its rights, and what to do. Nothing repeats the URL. */
const EXPLAINED: Readonly<Record<string, [cause: string, hint: string]>> = {
  "28P01": ["The metadata store refuses the password.", "Correct user and password in DATABASE_URL."],
  "28000": ["The metadata store lets this user not in.", "Correct DATABASE_URL, or the server's pg_hba.conf."],
  "3D000": ["The metadata store has no such database.", "Make it with createdb, or correct DATABASE_URL."],
  "42501": ["The metadata store's user may not make tables.", CREATE],
};

/** Why PostgreSQL could not be made ready, for people. Our own refusals and our own bugs stay what they are. */
export function explainPostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LastgoodError) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = EXPLAINED[code];
  if (known) {
    const [cause, hint] = known;
    return new LastgoodError(
      "invalid_input",
      cause,
      { field: "DATABASE_URL", hint },
      { cause: new Error(error.message) },
    );
  }
  if (error instanceof TypeError || error instanceof RangeError) return error;
  // A statement that the server refuses is our bug; anything without its code, or with one of these, is the connection.
  const isStatement = /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57|58|55P03|25006)/.test(code);
  if (isStatement) return error;
  return metadataUnavailable(error, `Start it, or correct DATABASE_URL (${code || error.message}).`);
}
