import { LastgoodError } from "../../domain/errors.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import type { ResolvedSource } from "./resolve-source.ts";

/** What somebody wants to be checked of a restored state, beside what always is. */
export type AskedChecks = {
  /** Every table and index of a cluster, by PostgreSQL's amcheck: minutes where it is large. */
  amcheck?: boolean | undefined;
};

/** The same as it stands in the restore's row. Throws `invalid_input` where there is no such check, or nothing to make it on. */
export function takeChecks(
  { engine }: Pick<DatabaseRow, "engine">,
  { backup }: Pick<ResolvedSource, "backup">,
  asked: AskedChecks | undefined,
): boolean {
  if (asked?.amcheck !== true) return false;
  if (engine === "postgres" && backup?.kind === "portable") {
    throw new LastgoodError("invalid_input", "amcheck looks through a whole state; a document holds rows alone.", {
      field: "checks.amcheck",
      hint: "Leave it out: PostgreSQL builds the indexes anew as it takes the rows.",
    });
  }
  if (engine === "postgres") return true;
  throw new LastgoodError("invalid_input", "amcheck looks through PostgreSQL's tables and indexes; this is SQLite.", {
    field: "checks.amcheck",
    hint: "Leave it out: every page is compared by its checksum anyway. SQLite's own check is PRAGMA integrity_check, as a query.",
  });
}
