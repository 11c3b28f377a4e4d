import { LastgoodError } from "../../../domain/errors.ts";

/** What stopped capture, and what a person can do about it. */
export type Problem = { cause: string; remedy: string };

/** Ends the capture of one database until the reader starts anew. */
export class CaptureStopped extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.cause);
    this.problem = problem;
  }
}

/** The mirror does not hold what the history says: it has to be rebuilt before anything is captured with it. */
export class MirrorDamaged extends Error {}

/** The log went on in a way that nobody can vouch for: commits may be missing, so the database is compared as a whole. */
export class LogGap extends Error {}

/** The log cannot be read right now, as when nobody has the database open: try again at the next look. */
export class LogUnavailable extends Error {}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Says an unexpected error in words that help whoever runs the machine. */
export function describeProblem(error: unknown, historyDirectory: string): Problem {
  if (error instanceof CaptureStopped) return error.problem;
  if (error instanceof LastgoodError) {
    return { cause: error.message, remedy: error.details.hint ?? "Look at the reader's log, then restart Lastgood." };
  }
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return {
      cause: `The disk of ${historyDirectory} is full: commits can no longer be written down.`,
      remedy:
        "Make room on this disk, then restart Lastgood. Capture goes on where it stopped, or with one step marked as a gap.",
    };
  }
  if (code === "EIO") {
    return {
      cause: `The disk of ${historyDirectory} reports a failure.`,
      remedy: "Replace the disk, then restart Lastgood: what was captured last is verified before capture goes on.",
    };
  }
  if (code === "EACCES" || code === "EPERM") {
    return {
      cause: `A file may not be read: ${error instanceof Error ? error.message : code}.`,
      remedy:
        "Give the user that runs Lastgood access to the database and its -wal and -shm files, then restart Lastgood.",
    };
  }
  return {
    cause: `Capture failed: ${error instanceof Error ? error.message : String(error)}`,
    remedy:
      "Look at the reader's log, then restart Lastgood: what was captured last is verified before capture goes on.",
  };
}

/** The answer to whoever asks for something that needs a running capture. `problem` null: it is only starting. */
export function notCaptured(problem: Problem | null, reason: string): LastgoodError {
  return new LastgoodError("not_protected", `Commits of this database are not captured: ${problem?.cause ?? reason}`, {
    hint: problem?.remedy ?? "Try again in a moment.",
    ...(problem ? {} : { retryAfterSeconds: 1 }),
  });
}
