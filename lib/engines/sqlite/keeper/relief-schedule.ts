import type { OpenWindow } from "./relieve-log.ts";

const ACTIVE_EVERY_MS = 150;
const IDLE_EVERY_MS = 1000;
const ACTIVE_FOR_MS = 3000;
/** A log this long is restarted at once; SQLite's own checkpoint at commit would begin to try at 1000 frames. */
const LONG_FRAMES = 400;
const RELIEVE_EVERY_MS = 1000;
const MAX_REFUSED_MS = 4000;
/** A log of this few frames holds nothing but wakes: not worth a checkpoint. */
const WOKEN_FRAMES = 2;

/** When a log is looked at and when it is relieved. An idle one is left alone: only what changed counts. */
export class ReliefSchedule {
  /** The length at which nothing is to be done, frames. */
  atRest = 0;
  private last = 0;
  private changedMs = 0;
  private relievedMs = 0;
  private refusals = 0;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** The log was pinned with this many frames. */
  begin(frames: number): void {
    this.atRest = frames <= WOKEN_FRAMES ? frames : 0;
  }

  /** Whether the log has not changed for a while. */
  get isIdle(): boolean {
    return this.now() - this.changedMs >= ACTIVE_FOR_MS;
  }

  /** Milliseconds until the next look. */
  get pauseMs(): number {
    return this.isIdle ? IDLE_EVERY_MS : ACTIVE_EVERY_MS;
  }

  /** Takes the log's length down; whether the log is to be relieved now. */
  isDue(frames: number): boolean {
    if (frames !== this.last) this.changedMs = this.now();
    this.last = frames;
    if (frames === this.atRest) return false;
    const sinceMs = this.now() - this.relievedMs;
    if (this.refusals > 0) return sinceMs >= Math.min(250 * 2 ** this.refusals, MAX_REFUSED_MS);
    return frames >= LONG_FRAMES || sinceMs >= RELIEVE_EVERY_MS;
  }

  /** What came of relieving it; `frames` is its length since. */
  relieved(outcome: OpenWindow | "idle" | "refused", frames: number): void {
    this.relievedMs = this.now();
    const isWindow = typeof outcome === "object";
    if (isWindow && outcome.full) this.atRest = frames;
    this.refusals = outcome === "refused" || (isWindow && !outcome.full) ? this.refusals + 1 : 0;
  }
}
