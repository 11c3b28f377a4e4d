import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RecoveryWindow } from "../../../domain/recovery-window.ts";
import type { History } from "../history/open-history.ts";
import type { CommitInfo } from "../history/records.ts";
import { windowOf } from "../restore/find-moment.ts";
import { wholeHistory } from "./resolve-stored-moment.ts";

/** One commit of a list. `sizePages`: of the database after it. `afterGap`: commits before it were merged into it. */
export type ListedCommit = {
  bookmark: Bookmark;
  txid: number;
  timeMs: number;
  changedPages: number;
  sizePages: number;
  afterGap: boolean;
};

/** What a stored history holds. Sizes in bytes; `storedBytes` counts all of its files. */
export type HistoryDescription = Omit<RecoveryWindow, "windowDays"> & {
  historyTag: string;
  pageSizeBytes: number;
  databaseBytes: number;
  storedBytes: number;
  commits: number;
  /** What was written beside the commits, oldest first: restores that took place. */
  notes: { txid: number; note: unknown }[];
};

export function describeHistory(history: History): HistoryDescription {
  const { windowDays: _, ...window } = windowOf(history, wholeHistory(history));
  const newest = history.newest();
  return {
    historyTag: history.historyTag,
    pageSizeBytes: history.pageSize,
    databaseBytes: newest.sizeAfter * history.pageSize,
    storedBytes: history.sizeBytes(),
    commits: newest.txid - history.oldest().txid + 1,
    ...window,
    // Up to here a time resolves; of the newest commit's own millisecond another one may be missing here.
    capturedThroughMs: history.watermarkMs(),
    notes: [...history.notes()],
  };
}

/** The last `before` commits up to a time and the first `after` ones behind it, oldest first. */
export function listCommitsAround(
  history: History,
  { atMs, before, after }: { atMs: number; before: number; after: number },
): ListedCommit[] {
  const oldest = history.oldest().txid;
  const at = history.atOrBefore(atMs)?.txid ?? oldest - 1;
  const to = Math.min(at + after, history.newest().txid);
  return Array.from(history.infos(Math.max(oldest, at - before + 1), to), (commit) => asListed(history, commit));
}

export function asListed(history: History, commit: CommitInfo): ListedCommit {
  return {
    bookmark: history.bookmarkOf(commit),
    txid: commit.txid,
    timeMs: commit.timeMs,
    changedPages: commit.pageCount,
    sizePages: commit.sizeAfter,
    afterGap: commit.gapFromMs !== null,
  };
}
