import { COMMIT_FLAGS } from "../history/records.ts";

/** Beyond this the clock ran backwards, and did not merely stand still for a moment. */
const CLAMP_TOLERATED_MS = 50;

export type CommitTime = { timeMs: number; rawTimeMs: number; flags: number };

/**
 * The time of the next commit: never before the previous one's and later than the watermark, so that what a time up to
 * the watermark resolves to stays the same.
 */
export function timeNextCommit(rawTimeMs: number, previousMs: number, watermarkMs: number): CommitTime {
  const timeMs = Math.max(rawTimeMs, previousMs, watermarkMs + 1);
  return { timeMs, rawTimeMs, flags: timeMs - rawTimeMs > CLAMP_TOLERATED_MS ? COMMIT_FLAGS.clamped : 0 };
}
