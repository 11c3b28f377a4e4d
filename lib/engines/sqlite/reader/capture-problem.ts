import { LastgoodError } from "../../../domain/errors.ts";

/** What stopped capture, and what a person can do about it. */
export type Problem = { cause: string; remedy: string };

export const NO_LOG: Problem = {
  cause: "The database has no log: no keeper holds it, or it has left WAL mode.",
  remedy: "If it stays so, check that the database is in WAL mode and that Lastgood may write beside it.",
};

/** Ends the capture of one database. `mayPass`: it may be over without anybody's doing, so capture tries again by itself. */
export class CaptureStopped extends Error {
  readonly problem: Problem;
  readonly mayPass: boolean;
  constructor(problem: Problem, { mayPass }: { mayPass: boolean }) {
    super(problem.cause);
    this.problem = problem;
    this.mayPass = mayPass;
  }
}

/** The mirror does not hold what the history says: it has to be rebuilt before anything is captured with it. */
export class MirrorDamaged extends Error {}

/** The log went on in a way that nobody can vouch for: commits may be missing, so the database is compared as a whole. */
export class LogGap extends Error {}

/** The log cannot be read right now, as when nobody has the database open: try again at the next look. */
export class LogUnavailable extends Error {}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");
const callOf = (error: unknown) => (error instanceof Error && "syscall" in error ? String(error.syscall) : "");

/**
 * Whether a capture that this stopped may begin again by itself, from what is durable. Not after a failing disk or a sync
 * that failed, whatever its code: what is read back then need not be on the disk, https://lwn.net/Articles/752063/
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof CaptureStopped) return error.mayPass;
  if (error instanceof LastgoodError) return error.code !== "history_damaged";
  return codeOf(error) !== "EIO" && !/^f(data)?sync$/.test(callOf(error));
}

/** Says an unexpected error in words that help whoever runs the machine. */
export function describeProblem(error: unknown, historyDirectory: string): Problem {
  if (error instanceof CaptureStopped) return error.problem;
  if (error instanceof LastgoodError) {
    return { cause: error.message, remedy: error.details.hint ?? "Look at the reader's log, then restart Lastgood." };
  }
  const code = codeOf(error);
  if (!mayPass(error)) {
    return {
      cause: `The disk of ${historyDirectory} reports a failure (${code || String(error)}).`,
      remedy: "Replace the disk, then restart Lastgood: what was captured last is verified before capture goes on.",
    };
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return {
      cause: `The disk of ${historyDirectory} is full: commits can no longer be written down.`,
      remedy:
        "Make room on this disk. Within a minute capture goes on where it stopped, or with one step marked as a gap.",
    };
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return {
      cause: "The reader may not open any more files.",
      remedy:
        "Raise the limit of open files (ulimit -n) for Lastgood. It tries again by itself, at least once a minute.",
    };
  }
  if (code === "EACCES" || code === "EPERM") {
    return {
      cause: `A file may not be read: ${error instanceof Error ? error.message : code}.`,
      remedy:
        "Give the user that runs Lastgood access to the database and its -wal and -shm files; within a minute capture goes on.",
    };
  }
  return {
    cause: `Capture failed: ${error instanceof Error ? error.message : String(error)}`,
    remedy:
      "Lastgood tries again by itself, at least once a minute, and verifies what was captured last. The reader's log says more.",
  };
}

/** The answer to whoever asks for something that needs a running capture. `problem` null: it is only starting. */
export function notCaptured(problem: Problem | null, reason: string): LastgoodError {
  return new LastgoodError("not_protected", `Commits of this database are not captured: ${problem?.cause ?? reason}`, {
    hint: problem?.remedy ?? "Try again in a moment.",
    ...(problem ? {} : { retryAfterSeconds: 1 }),
  });
}
