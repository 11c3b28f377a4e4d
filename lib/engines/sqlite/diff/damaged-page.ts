import { LastgoodError } from "../../../domain/errors.ts";

/** What a page of the database holds is not what SQLite writes. The history gave it back as it was: the database was damaged. */
export function damagedPage(page: number, cause: string): LastgoodError {
  return new LastgoodError("history_damaged", `Page ${page} of the database as it was then is damaged: ${cause}.`, {
    hint: "Choose another moment; PRAGMA integrity_check on the database names the damage if it is still there.",
    page,
    cause,
  });
}
