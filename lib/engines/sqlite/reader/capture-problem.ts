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

/** Whether a capture that this stopped may begin again by itself, from what is durable. */
export function mayPass(error: unknown): boolean {
  if (error instanceof CaptureStopped) return error.mayPass;
  return !(error instanceof LastgoodError) || error.code !== "history_damaged";
}

/** Not so a history that a newer version wrote: that one names no cause. */
export function isHistoryDamaged(error: unknown): boolean {
  return error instanceof LastgoodError && error.code === "history_damaged" && error.details.cause !== undefined;
}

/**
 * Whether the disk under the history has failed, or a sync, whatever its code: what is read back then need not be on the
 * disk, https://lwn.net/Articles/752063/. Capture begins again only from what was durable before, with a mirror made anew
 * and the whole database compared with it, and only a few times: see `RetrySchedule`.
 */
export function isDiskFailure(error: unknown): boolean {
  if (error instanceof CaptureStopped || error instanceof LastgoodError) return false;
  return codeOf(error) === "EIO" || /^f(data)?sync$/.test(callOf(error));
}

/**
 * Runs what reads a live database's own files. A disk that fails there is said to be theirs, not the history's, and is no
 * sign that nobody has the database open; reading again does no harm.
 */
export function readingLive<T>(what: "database" | "log" | "log's index", read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) !== "EIO") throw error;
    throw new CaptureStopped(
      {
        cause: `The ${what} cannot be read: the disk on which the database lies reports a failure (EIO).`,
        remedy:
          "Look at that disk, and at the database with PRAGMA integrity_check. Lastgood reads it again at least once a minute; every moment of the history stays restorable, into a new database too.",
      },
      { mayPass: true },
    );
  }
}

/** Says an unexpected error in words that help whoever runs the machine. `triesAgain`: without anybody's doing. */
export function describeProblem(error: unknown, historyDirectory: string, triesAgain = true): Problem {
  if (error instanceof CaptureStopped) return error.problem;
  if (error instanceof LastgoodError) {
    return { cause: error.message, remedy: error.details.hint ?? "Look at the reader's log, then restart Lastgood." };
  }
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return {
      cause: `The disk of ${historyDirectory} is full: commits can no longer be written down.`,
      remedy: `Make room on this disk. ${triesAgain ? "Within a minute" : "Then restart Lastgood:"} capture goes on where it stopped, or with one step marked as a gap.`,
    };
  }
  if (isDiskFailure(error)) {
    return {
      cause: `The disk of ${historyDirectory} reports a failure (${code} at ${callOf(error)}): what was written last need not be on it.`,
      remedy: triesAgain
        ? "What was durable before stays restorable. Lastgood begins anew within a minute, with the whole database compared. If this comes again, replace the disk."
        : "Replace the disk, or move the data directory to another one, then restart Lastgood. What was durable before stays restorable; the whole database is compared before capture goes on.",
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
