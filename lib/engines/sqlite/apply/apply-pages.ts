import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { Run } from "../../engine.ts";
import type { Applied, ApplyJob, FinalPages, FromChild, LockedState, ToChild } from "./apply-messages.ts";
import { readIntent } from "./write-intent.ts";

const APPLY_CHILD = path.join(import.meta.dirname, "apply-child.ts");
const FENCE_TIMEOUT_MS = 30_000;

/** Told apart because the caller must not report a restore as failed that in truth took place. */
export type FailedOutcome = "nothing" | "unknown";

/**
 * Applies pages to a live database as one commit, in a short-lived process. Once the write lock is held,
 * `providePages` is called with the log's end and has `job.pagesTimeoutMs` to name the final pages; null gives up.
 *
 * Cancelling works until the pages were handed over; from there on it ends by itself.
 * @returns null when `providePages` gave up
 * @throws LastgoodError whose `details.outcome` is `nothing` (the database is as it was) or `unknown` (the process ended
 *   after the pages were handed over; the log was fenced; the history tells whether the intent's commit took place)
 */
export async function applyPages(
  job: ApplyJob,
  providePages: (state: LockedState) => Promise<FinalPages | null>,
  run: Run,
  childPath: string = APPLY_CHILD,
): Promise<Applied | null> {
  run.signal.throwIfAborted();
  assert(!existsSync(job.intentPath), "what became of an earlier try is settled before the next one");
  const child = new ApplyChild(childPath);
  const cancel = () => child.kill();
  run.signal.addEventListener("abort", cancel, { once: true });
  let handedOver = false;
  try {
    await child.expect("ready");
    child.send({ kind: "apply", job });
    const { state } = await child.expect("locked");
    const pages = await providePages(state);
    run.signal.throwIfAborted();
    if (pages === null) {
      child.send({ kind: "giveUp" });
      await child.expect("gaveUp");
      return null;
    }
    run.signal.removeEventListener("abort", cancel);
    handedOver = true;
    child.send({ kind: "pages", pages });
    return (await child.expect("applied")).applied;
  } catch (error) {
    child.kill();
    await child.ended;
    run.signal.throwIfAborted();
    if (!handedOver || isUntouched(error)) throw withOutcome(error, "nothing");
    await fence(job.databasePath);
    throw withOutcome(error, readIntent(job.intentPath) ? "unknown" : "nothing");
  } finally {
    run.signal.removeEventListener("abort", cancel);
    await child.ended;
  }
}

/**
 * Makes sure that a commit which a dead apply may have left unpublished can never appear: one stock commit that changes
 * nothing visible. To be run after every apply that did not answer, before its outcome is reported.
 * Throws `restore_conflict` when the write lock cannot be had for 30 seconds.
 */
export async function fence(databasePath: string): Promise<void> {
  const child = new ApplyChild(APPLY_CHILD);
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

/** The other process and its messages in their order. */
class ApplyChild {
  readonly ended: Promise<void>;
  private readonly process: ChildProcess;
  private readonly queue: FromChild[] = [];
  private over = false;
  private wake: (() => void) | null = null;

  constructor(childPath: string) {
    this.process = fork(childPath, [], { execArgv: ["--disable-warning=ExperimentalWarning"] });
    this.process.on("message", (message) => {
      this.queue.push(message as FromChild);
      this.wake?.();
    });
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.over = true;
        this.wake?.();
        resolve();
      };
      this.process.on("exit", end);
      this.process.on("error", end);
    });
  }

  send(message: ToChild): void {
    // A child that is gone is noticed by its exit; the failed write says nothing more.
    this.process.send(message, () => undefined);
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }

  /** Waits for a message of this kind. Anything else, or the process's end, is an error. */
  async expect<K extends FromChild["kind"]>(kind: K): Promise<Extract<FromChild, { kind: K }>> {
    while (this.queue.length === 0 && !this.over) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const message = this.queue.shift();
    if (message === undefined)
      throw new LastgoodError("restore_failed", `The restoring process ended before it was ${kind}.`);
    if (message.kind === "failed") throw fromWireError(message.error);
    if (message.kind === "gaveUp" && kind !== "gaveUp") throw tooSlow();
    if (message.kind !== kind) throw new Error(`expected ${kind}, got ${message.kind}`);
    return message as Extract<FromChild, { kind: K }>;
  }
}

function tooSlow(): LastgoodError {
  return new LastgoodError(
    "restore_conflict",
    "The final pages were not ready in time, and the write lock was given back.",
    {
      hint: "Nothing was changed. Restore again; a busy machine or a slow disk makes this more likely.",
      retryAfterSeconds: 5,
    },
  );
}
