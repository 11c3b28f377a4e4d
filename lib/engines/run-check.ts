import type { RestoreCheck } from "../domain/restore-check.ts";
import type { Run } from "./engine.ts";

/** What a check has found where it passed; with `isSkipped` it was not made, and `text` says why. */
export type CheckFound = Pick<RestoreCheck, "read" | "text"> & { isSkipped?: boolean };

/**
 * Makes one check of a restored state and has it written down, however it ended, before anything goes on. Throws what `look` throws: that
 * is its failure, unless the run was cancelled meanwhile.
 */
export async function runCheck(
  run: Pick<Run, "signal" | "checks" | "note">,
  check: RestoreCheck["check"],
  look: () => Promise<CheckFound>,
): Promise<RestoreCheck> {
  const startedMs = performance.now();
  const ended = async (rest: Pick<RestoreCheck, "outcome" | "read" | "text">): Promise<RestoreCheck> => {
    const done = { check, durationMs: Math.round(performance.now() - startedMs), ...rest };
    run.note?.(done.text);
    await run.checks?.ended(done);
    return done;
  };
  let found: CheckFound;
  try {
    found = await look();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (!run.signal.aborted) await ended({ outcome: "failed", read: null, text });
    throw error;
  }
  const { isSkipped = false, read, text } = found;
  return ended({ outcome: isSkipped ? "skipped" : "passed", read, text });
}
