/** When a log that nobody copies is given up: its length in bytes, and for how long nobody has. */
export type LogLimit = { logBytes: number; uncopiedMs: number };

export const LOG_LIMIT: LogLimit = { logBytes: 1024 ** 3, uncopiedMs: 60_000 };

const ASK_EVERY_MS = 1000;

/**
 * Watches for a log that grows while nobody copies it, because the reader is gone or its capture of this database has
 * stopped. Without a limit the rule that no log restarts uncopied (A9) would fill the application's disk.
 */
export class LogLimitWatch {
  private readonly limit: LogLimit;
  private readonly now: () => number;
  private askedMs = Number.NEGATIVE_INFINITY;
  private uncopiedSinceMs: number | null = null;

  constructor(limit: LogLimit = LOG_LIMIT, now: () => number = () => performance.now()) {
    this.limit = limit;
    this.now = now;
  }

  /**
   * Whether the log is to be given up now.
   * @param copied asks the reader, who is at work as long as it answers anything but null
   */
  async isExceeded(logBytes: number, copied: () => Promise<number | null>): Promise<boolean> {
    if (logBytes <= this.limit.logBytes) {
      this.uncopiedSinceMs = null;
      return false;
    }
    const now = this.now();
    if (now - this.askedMs < ASK_EVERY_MS) return false;
    this.askedMs = now;
    if ((await copied()) !== null) {
      this.uncopiedSinceMs = null;
      return false;
    }
    this.uncopiedSinceMs ??= now;
    return now - this.uncopiedSinceMs >= this.limit.uncopiedMs;
  }

  /** The log was given up: it is a new one. */
  reset(): void {
    this.uncopiedSinceMs = null;
  }
}

/** The limit as the environment sets it. Throws when LASTGOOD_MAX_LOG_MB is no number of at least 64. */
export function readLogLimit(environment: NodeJS.ProcessEnv): LogLimit {
  const text = environment.LASTGOOD_MAX_LOG_MB;
  if (text === undefined || text === "") return LOG_LIMIT;
  const megabytes = Number(text);
  if (!(megabytes >= 64)) throw new Error("LASTGOOD_MAX_LOG_MB is a number of megabytes, at least 64");
  return { ...LOG_LIMIT, logBytes: megabytes * 1024 * 1024 };
}
