import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase } from "../engine.ts";

/** Throws `sql_denied` for a file whose SQL another program runs. */
export function requireHosted({ origin }: ProtectedDatabase): void {
  if (origin === "hosted") return;
  throw new LastgoodError("sql_denied", "Only hosted databases can be queried here.", {
    hint: "This file is attached: its own program runs its SQL.",
  });
}
