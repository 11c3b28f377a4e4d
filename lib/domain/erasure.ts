import type { Bookmark } from "./bookmark.ts";

/** Purging history up to a moment, for good. All times are Unix milliseconds. */

/**
 * waiting    announced; it can be cancelled until its grace period is over
 * running    the agent carries it out; there is no way back any more
 */
export const ERASURE_STATUSES = ["waiting", "running", "completed", "failed", "cancelled"] as const;
export type ErasureStatus = (typeof ERASURE_STATUSES)[number];

/** So many of each are named in a plan; the counts are of all. */
export const MOST_NAMED = 20;

/**
 * What goes beyond that which was asked for: the history of a cluster can begin with a base backup alone. `commits`: so many that were made
 * after the moment asked for. `isTaken`: that base backup is there; else it is taken once this is announced, and what it begins with is later
 * than what is said before.
 */
export type ErasureMore = { commits: number; isTaken: boolean };

/** What an erasure would take, as it is shown before and written down with it. */
export type ErasurePlan = {
  beforeMs: number;
  /** Where the history begins now; null where that is not known. */
  oldestMs: number | null;
  /** The oldest state that can be had afterwards: the one that was in force then, or where `more` goes a later one. */
  begins: { bookmark: Bookmark; timeMs: number };
  more: ErasureMore | null;
  /** Labels whose moments cannot be restored any more. */
  labels: { count: number; names: string[] };
  /** Completed restores that cannot be undone any more. */
  undos: number;
  /** Backups that hold a state of before, also deleted ones that can still be brought back; `included`: they go with it. */
  backups: { count: number; keys: string[]; included: boolean };
  /** Previews that were made from a state of before: databases of their own, which stay. */
  previews: { count: number; names: string[] };
  /** Whether the history is kept a second time: what lies there is removed as the copy follows. */
  hasSecondCopy: boolean;
};
