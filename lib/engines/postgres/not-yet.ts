import { LastgoodError } from "../../domain/errors.ts";

/** What this engine cannot do (yet). Throws `not_supported`. */
export function notYet(what: string): never {
  throw new LastgoodError("not_supported", `${what} cannot be done for PostgreSQL.`, {
    hint: "Restore the moment into a preview and look there.",
  });
}
