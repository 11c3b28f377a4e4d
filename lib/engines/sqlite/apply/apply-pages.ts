import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { Run } from "../../engine.ts";
import type { Applied, ApplyJob, FinalPages, LockedState } from "./apply-messages.ts";
import { ApplyProcess } from "./apply-process.ts";
import { readIntent } from "./write-intent.ts";

const FENCE_TIMEOUT_MS = 30_000;

/** Told apart because the caller must not report a restore as failed that in truth took place. */
export type FailedOutcome = "nothing" | "unknown";

/**
 * Applies pages to a live database as one commit, in a short-lived process. Once the write lock is held,
 * `providePages` is called with the log's end and has `job.pagesTimeoutMs` to name the final pages; null gives up.
 *
 * `start` yields the process, which may have been started before: it idles until it is told its job.
 * Cancelling works until the run has gone ahead, under the lock; from there on it ends by itself.
 * @returns null when `providePages` gave up
 * @throws LastgoodError whose `details.outcome` is `nothing` (the database is as it was) or `unknown` (the process ended
 *   after the pages were handed over; the log was fenced; the history tells whether the intent's commit took place)
 */
export async function applyPages(
  job: ApplyJob,
  providePages: (state: LockedState) => Promise<FinalPages | null>,
  run: Run,
  start: () => ApplyProcess = () => new ApplyProcess(),
): Promise<Applied | null> {
  run.signal.throwIfAborted();
  assert(!disk.existsSync(job.intentPath), "what became of an earlier try is settled before the next one");
  const child = start();
  const cancel = () => child.kill();
  run.signal.addEventListener("abort", cancel, { once: true });
  let handedOver = false;
  let isApplied = false;
  try {
    await child.expect("ready");
    child.send({ kind: "apply", job });
    const { state } = await child.expect("locked");
    // Side by side: others wait for their writes meanwhile.
    const [pages] = await Promise.all([providePages(state), run.goAhead?.()]);
    run.signal.throwIfAborted();
    if (pages === null) {
      child.send({ kind: "giveUp" });
      await child.expect("gaveUp");
      return null;
    }
    run.signal.removeEventListener("abort", cancel);
    handedOver = true;
    child.send({ kind: "pages", pages });
    const { applied } = await child.expect("applied");
    isApplied = true;
    return applied;
  } catch (error) {
    child.kill();
    await child.ended;
    run.signal.throwIfAborted();
    if (!handedOver || isUntouched(error)) throw withOutcome(error, "nothing");
    await fence(job.databasePath);
    throw withOutcome(error, readIntent(job.intentPath) ? "unknown" : "nothing");
  } finally {
    run.signal.removeEventListener("abort", cancel);
    // One that has applied the pages let go of the database before it said so.
    if (!isApplied) await child.ended;
  }
}

/**
 * Makes sure that a commit which a dead apply may have left unpublished can never appear: one stock commit that changes
 * nothing visible. To be run after every apply that did not answer, before its outcome is reported.
 * Throws `restore_conflict` when the write lock cannot be had for 30 seconds.
 */
export async function fence(databasePath: string): Promise<void> {
  const child = new ApplyProcess();
  try {
    await child.expect("ready");
    child.send({ kind: "fence", databasePath, lockTimeoutMs: FENCE_TIMEOUT_MS });
    await child.expect("fenced");
  } finally {
    child.kill();
    await child.ended;
  }
}

/** The child let go of the lock before it had heard of the pages. */
function isUntouched(error: unknown): boolean {
  return error instanceof LastgoodError && error.details.outcome === "nothing";
}

function withOutcome(error: unknown, outcome: FailedOutcome): LastgoodError {
  const known =
    error instanceof LastgoodError
      ? error
      : new LastgoodError("restore_failed", `The restore could not be applied: ${String(error)}`, {}, { cause: error });
  return new LastgoodError(known.code, known.message, { ...known.details, outcome }, { cause: error });
}
