import { LastgoodError } from "../../../domain/errors.ts";

/** Whether a failure says of itself that nothing was changed. */
export function isUntouched(error: unknown): boolean {
  return error instanceof LastgoodError && error.details.outcome === "nothing";
}

/** SQLite's own copying takes the write lock by itself, and nobody can hand one over: between both others could commit. */
export function cannotHold(): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "Writes cannot be held around this restore: the file has to be copied back.",
    {
      hint: "Nothing was changed. Stop the programs that write to it, and restore without holding writes.",
      outcome: "nothing",
    },
  );
}

/** To do it again would take back whatever was written since, should it have taken place. */
export function undecided(): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "Capture was interrupted during this restore and merged its commits: nobody can tell whether it took place.",
    {
      hint: "Look at the database. If it is not in the state that you want, restore again.",
      outcome: "unknown",
    },
  );
}

/** What an attempt was to reach is gone, and nothing else could tell whether it took place. */
export function unsettled(cause: unknown): LastgoodError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LastgoodError(
    "restore_failed",
    `An earlier try of this restore had begun to write, and what it was to reach cannot be had any more: ${why}`,
    {
      hint: "Nobody can tell whether it took place. Look at the database. If it is not in the state that you want, restore again.",
      outcome: "unknown",
    },
    { cause },
  );
}

/** Must never happen; said loudly, because the database is then in a state that nobody asked for. */
export function wrongResult(problem: string): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    `The restore took place, but its result is not what was asked for: ${problem}.`,
    {
      hint: "Restore to the bookmark before it to undo it, and keep the agent's log.",
      outcome: "unknown",
    },
  );
}
