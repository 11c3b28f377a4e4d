const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;
/** A capture that went on for so long had recovered: what stops it next is another story. */
const STEADY_MS = 60_000;

/** A disk that fails more often than this is not written to again before somebody has looked at it. */
const MOST_DISK_FAILURES = 3;
/** After so long without one, its failures are counted anew. */
const DISK_STEADY_MS = 3_600_000;

/** When a capture that stopped tries again: 5 s later, then ever more slowly up to once a minute. */
export class RetrySchedule {
  private pauseMs = FIRST_PAUSE_MS;
  private dueMs = Number.POSITIVE_INFINITY;
  private begunMs: number | null = null;
  private diskFailures = 0;
  private diskFailedMs = Number.NEGATIVE_INFINITY;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Capture goes on. */
  begun(): void {
    this.begunMs = this.now();
  }

  /**
   * It stopped; `mayPass` false: it stays so until the reader is started anew, as after the fourth failure of its disk.
   * @returns whether it tries again
   */
  stopped(mayPass: boolean, isDiskFailure = false): boolean {
    const now = this.now();
    if (isDiskFailure) {
      if (now - this.diskFailedMs > DISK_STEADY_MS) this.diskFailures = 0;
      this.diskFailures++;
      this.diskFailedMs = now;
    }
    const triesAgain = mayPass && (!isDiskFailure || this.diskFailures <= MOST_DISK_FAILURES);
    if (this.begunMs !== null && now - this.begunMs >= STEADY_MS) this.pauseMs = FIRST_PAUSE_MS;
    this.begunMs = null;
    this.dueMs = triesAgain ? now + this.pauseMs : Number.POSITIVE_INFINITY;
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    return triesAgain;
  }

  isDue(): boolean {
    return this.now() >= this.dueMs;
  }
}
