/** What somebody may name as a moment of the past. Times are Unix milliseconds. */
export type Moment = { bookmark: string } | { timestampMs: number };

/** The answer to "which committed write is that?". */
export type ResolvedMoment = {
  bookmark: import("./bookmark.ts").Bookmark;
  txid: number;
  /** When the commit was captured, Unix milliseconds. */
  timeMs: number;
  /** What was asked for, Unix milliseconds; null when a bookmark was. */
  askedMs: number | null;
  pages: number;
};
