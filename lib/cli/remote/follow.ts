import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../domain/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Output } from "../output.ts";

/** How often something is looked at that goes on elsewhere, and how long a console may be away meanwhile; milliseconds. */
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 1000;
const PATIENCE_MS = 120_000;

export type Followed<T> = {
  /** How it stands now. */
  look(): Promise<T>;
  isOver(now: T): boolean;
  /** What is being done, which share of it is done (null: unknown), and more to say. */
  tell(now: T): { stage: string; share: number | null; detail: string };
  /** What it is, and what follows it from elsewhere: `the restore`, `lastgood restores watch <id>`. */
  what: string;
  resume: string;
  /** What goes into the error of whoever stops watching. */
  details: Readonly<Record<string, unknown>>;
  output: Output;
  /** Null: for as long as it takes. */
  timeoutMs: number | null;
};

/**
 * Watches something that goes on in Lastgood until it is over. Ctrl-C ends the watching alone: `interrupted`, with what to
 * type to go on. A console that is away for a moment is waited for.
 */
export async function follow<T>(followed: Followed<T>): Promise<T> {
  const { output, timeoutMs } = followed;
  const abort = new AbortController();
  const interrupt = () => abort.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, interrupt);
  const untilMs = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.25)) {
      const now = await Promise.race([lookPatiently(followed, abort.signal), whenAborted(abort.signal)]);
      if (followed.isOver(now)) return now;
      const { stage, share, detail } = followed.tell(now);
      output.watch(stage, share, detail);
      if (performance.now() >= untilMs) throw stopped(followed, "timed_out");
      await sleep(Math.min(pauseMs, Math.max(1, untilMs - performance.now())), null, { signal: abort.signal });
    }
  } catch (error) {
    throw abort.signal.aborted ? stopped(followed, "interrupted") : error;
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
    output.endProgress();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true }),
  );
}

async function lookPatiently<T>({ look, output, what, resume }: Followed<T>, signal: AbortSignal): Promise<T> {
  for (const untilMs = performance.now() + PATIENCE_MS; ; ) {
    try {
      return await look();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (performance.now() > untilMs) throw goesOn(error, what, resume);
      output.watch("the console does not answer; waiting for it", null, "");
      await sleep(LONGEST_PAUSE_MS, null, { signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof CliError) return error.details.mayPass === true || error.code === "timed_out";
  return error instanceof LastgoodError && error.retryable;
}

function goesOn(error: unknown, what: string, resume: string): unknown {
  if (!(error instanceof CliError)) return error;
  const hint = `${error.details.hint ?? ""}\n${what} goes on without the console. Follow it with: ${resume}`.trim();
  return new CliError(error.code, error.message, { ...error.details, hint }, { cause: error });
}

function stopped<T>({ what, resume, details }: Followed<T>, code: "interrupted" | "timed_out"): CliError {
  const why = code === "interrupted" ? "No longer watching" : "Not watched any longer, the time is over";
  return new CliError(code, `${why}: ${what} goes on.`, { hint: `Follow it with: ${resume}`, ...details });
}
