import { LastgoodError } from "../domain/errors.ts";
import type { GiveBackSummary } from "../domain/give-back.ts";

/** Rows cannot be given back, and skipping them was not asked for: nothing was changed. */
export function stoppedByConflicts(conflicts: GiveBackSummary["skipped"]): LastgoodError {
  const [first] = conflicts;
  const rows = conflicts.reduce((sum, one) => sum + one.rows, 0);
  const those = rows === 1 ? "One row" : `${rows} rows`;
  return new LastgoodError(
    "conflict",
    `${those} of ${first?.table ?? "a table"} cannot be given back: ${first?.words ?? ""}`,
    {
      hint: "Nothing was changed. Look at the plan again, and choose to skip such rows if the rest is to be given back.",
      conflicts,
      outcome: "nothing",
    },
  );
}
