import type { AppendableSegment } from "./appendable-segment.ts";
import type { SealAt } from "./history-writer.ts";

/** A history has about so many segments that were sealed for their age. */
const AGED_SEGMENTS = 32;

/** Whether the open segment is to be sealed now. @param oldestMs time of the history's first commit */
export function isFull(current: AppendableSegment, sealAt: SealAt, newestMs: number, oldestMs: number): boolean {
  if (current.commits === 0) return false;
  if (current.end >= sealAt.bytes || current.commits >= sealAt.commits) return true;
  // So that pruning, which drops whole segments, keeps step with the window where little is written.
  const share = (newestMs - oldestMs) / AGED_SEGMENTS;
  return sealAt.ageMs !== undefined && newestMs - current.firstTimeMs > Math.max(sealAt.ageMs, share);
}
