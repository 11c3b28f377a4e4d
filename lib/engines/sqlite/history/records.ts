import type { Bookmark } from "../../../domain/bookmark.ts";
import type { LostCommits } from "./holes.ts";
import type { PageSet } from "./page-set.ts";

/** Where a commit ends in SQLite's log. `frame` counts from 1; the sums are the log's cumulative checksum there. */
export type LogPosition = { salt1: number; salt2: number; frame: number; sum1: number; sum2: number };

/**
 * One page's step in one commit. `delta` is the sparse XOR against the page's previous version, so it works in both
 * directions; a page that does not exist counts as all zeroes. The checksums are CRC-32 of the whole page.
 */
export type PageDelta = { page: number; crcBefore: number; crcAfter: number; delta: Uint8Array };

export const COMMIT_FLAGS = {
  /** The first image of a history: no page deltas; its state is the base image. */
  base: 1,
  /** Several commits merged into one after capture was interrupted; the time between is a gap. */
  healed: 2,
  /** The clock ran backwards or jumped: `timeMs` was clamped. */
  clamped: 4,
} as const;

/** A commit without its pages: what look-ups and lists need. */
export type CommitInfo = {
  /** 1 for the base, then counting without holes. */
  txid: number;
  /** When it was captured, Unix milliseconds, never falling from commit to commit. */
  timeMs: number;
  /** What the clock said. */
  rawTimeMs: number;
  flags: number;
  /** Pages of the database before and after the commit. */
  sizeBefore: number;
  sizeAfter: number;
  pageCount: number;
  /** Bytes the commit takes in the history before compression. */
  bytes: number;
  /** 16 hex digits that name the record. */
  recordTag: string;
  /** For a healed commit: since when nothing is known, Unix milliseconds. */
  gapFromMs: number | null;
  position: LogPosition;
};

export type CommitRecord = CommitInfo & { pages: PageDelta[] };

/** Some of a commit's pages, as one record holds them; no page stands in two parts. A commit without pages is one part. */
export type CommitPart = CommitInfo & {
  pages: PageDelta[];
  /** Whether the commit's other parts all came before. */
  isLast: boolean;
};

/**
 * One step of a walk: some pages of the commits `fromTxid` to `toTxid` composed into one, which may be a single commit.
 * Consecutive steps with the same commits belong together; no page stands in two of them.
 */
export type HistoryStep = {
  fromTxid: number;
  toTxid: number;
  /** Pages of the database before the first of these commits and after the last. */
  sizeBefore: number;
  sizeAfter: number;
  pages: PageDelta[];
  /**
   * Only beside a page 1 that is composed of several commits: every schema cookie that it had behind one of them, each as
   * XOR with the cookie before the step (bytes 40 to 43, big-endian). Otherwise empty.
   */
  cookieXors: readonly number[];
};

/**
 * Read access to one database's history directory, from any process, while another one appends to it. Everything read
 * is verified; damage throws `history_damaged` with the file and the commits that are lost.
 */
export interface HistoryView {
  readonly directory: string;
  readonly pageSize: number;
  /** 16 hex digits, the same in every bookmark of this history. */
  readonly historyTag: string;
  /** 16 bytes. */
  readonly historyId: Buffer;
  /** Looks for what was appended since; cheap when nothing was. */
  refresh(): void;
  /** The oldest commit that can be read. */
  oldest(): CommitInfo;
  newest(): CommitInfo;
  /** Every commit captured up to this moment is in the history (durable watermark), Unix milliseconds. */
  watermarkMs(): number;
  byTxid(txid: number): CommitInfo | null;
  /** Newest commit with timeMs at or before the given time. */
  atOrBefore(timeMs: number): CommitInfo | null;
  /** Oldest first. Both ends included; those that cannot be read are left out. */
  infos(fromTxid: number, toTxid: number): Iterable<CommitInfo>;
  /** With pages; ascending or descending by txid. Both ends included. */
  records(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Iterable<CommitRecord>;
  /** The same without holding a whole commit in memory; the parts of one commit come in the order they were written. */
  recordParts(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Iterable<CommitPart>;
  /**
   * Leads over the same commits with fewer and larger steps: a sealed segment that lies in the range as a whole is stepped over
   * at once where its steps are stored as one. Applied in this order all deltas give the same end, but the versions of a page in
   * between are not met: a page whose start is one of them (a mirror that lags) has to go by `recordParts`. Held in
   * memory is one block (about 1 MiB, or one record) at a time.
   */
  steps(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Iterable<HistoryStep>;
  /** About how many bytes `steps` has to decode: tells which of two ways is nearer. Reads nothing. */
  stepBytes(fromTxid: number, toTxid: number): number;
  /**
   * The pages that a commit of the range touched. From the page tables of sealed segments where they can tell (the range
   * reaches the begin or the end of the segment), otherwise from the records. A bit per page of the database in memory.
   */
  pagesTouched(fromTxid: number, toTxid: number): PageSet;
  /** Commits whose states no way leads to because segments are damaged or missing; walks through them throw. */
  lostCommits(): LostCommits | null;
  /** Healed commits, oldest first. */
  gaps(): { fromMs: number; toMs: number; txid: number }[];
  suspects(): { fromMs: number; toMs: number }[];
  /** Commits from number `fromTxid` (default: all) on in [fromMs, toMs), counted in bars of the same width. */
  density(fromMs: number, toMs: number, buckets: number, fromTxid?: number): { commits: number; pages: number }[];
  bookmarkOf(commit: CommitInfo): Bookmark;
  /** The image that holds the state of its txid, and the CRC-32 of each of its pages. */
  base(): { path: string; txid: number; sizePages: number; crcOf(page: number): number };
  /** The file that follows the newest commit (mutable, owned by the reader; verify each page by its CRC). */
  mirrorPath(): string;
  sizeBytes(): number;
  close(): void;
}
