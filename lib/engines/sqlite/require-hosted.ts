import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase } from "../engine.ts";
import { requireFile } from "./missing-file.ts";

/** Throws `sql_denied` for a file whose SQL another program runs, `not_protected` for one that is lost. */
export function requireHosted(db: ProtectedDatabase): void {
  if (db.origin === "hosted") {
    requireFile(db);
    return;
  }
  throw new LastgoodError("sql_denied", "Only hosted databases can be queried here.", {
    hint: "This file is attached: its own program runs its SQL.",
  });
}
