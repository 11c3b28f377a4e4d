const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;
/** A capture that went on for so long had recovered: what stops it next is another story. */
const STEADY_MS = 60_000;

/** When a capture that stopped tries again: 5 s later, then ever more slowly up to once a minute. */
export class RetrySchedule {
  private pauseMs = FIRST_PAUSE_MS;
  private dueMs = Number.POSITIVE_INFINITY;
  private begunMs: number | null = null;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Capture goes on. */
  begun(): void {
    this.begunMs = this.now();
  }

  /** It stopped; `mayPass` false: it stays so until the reader is started anew. */
  stopped(mayPass: boolean): void {
    const now = this.now();
    if (this.begunMs !== null && now - this.begunMs >= STEADY_MS) this.pauseMs = FIRST_PAUSE_MS;
    this.begunMs = null;
    this.dueMs = mayPass ? now + this.pauseMs : Number.POSITIVE_INFINITY;
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  isDue(): boolean {
    return this.now() >= this.dueMs;
  }
}
