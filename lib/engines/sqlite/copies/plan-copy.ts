import { createHash } from "node:crypto";
import type { RestorePlan } from "../../../domain/restore.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import { asMoment } from "../restore/find-moment.ts";

/** Milliseconds: starting processes and beginning capture; then writing, reading back and the first image. */
const COPY_BEGIN_MS = 1_500;
const COPY_BYTES_PER_MS = 80_000;

/** What a restore into a database of its own would do. */
export function planCopy(
  databaseId: string,
  history: HistoryView,
  target: CommitInfo,
  kind: "new_preview" | "new_database",
): RestorePlan {
  const newest = history.newest();
  const bytes = target.sizeAfter * history.pageSize;
  const bookmark = history.bookmarkOf(target);
  return {
    databaseId,
    target: kind,
    to: asMoment(history, target),
    from: asMoment(history, newest),
    commits: newest.txid - target.txid,
    pages: target.sizeAfter,
    pageSizeBytes: history.pageSize,
    estimateMs: Math.round(COPY_BEGIN_MS + bytes / COPY_BYTES_PER_MS),
    way: "copy",
    digest: digest([databaseId, bookmark, kind]),
  };
}

export type TakeOverFacts = {
  /** The database that is written, and the one whose state it takes. */
  databaseId: string;
  sourceId: string;
  kind: "preview" | "cutover";
  way: "append" | "backup";
  /** The state of the database that is written since which its commits count; null: since the begin of its history. */
  since: CommitInfo | null;
  /** Pages that differ now. */
  pages: number;
  /** Of the database that is written. */
  lastRestoreId: string | null;
};

/** What it would do to give a database a state of another one. */
export function planTakeOver(
  history: HistoryView,
  other: HistoryView,
  target: CommitInfo,
  { databaseId, sourceId, kind, way, since, pages, lastRestoreId }: TakeOverFacts,
): RestorePlan {
  const newest = history.newest();
  const bytes = target.sizeAfter * history.pageSize;
  return {
    databaseId,
    target: kind,
    to: asMoment(other, target),
    from: asMoment(history, newest),
    commits: newest.txid - (since ?? history.oldest()).txid,
    pages,
    pageSizeBytes: history.pageSize,
    estimateMs: Math.round(600 + bytes / 200_000 + (pages * history.pageSize) / 100_000),
    way,
    digest: digest([databaseId, sourceId, other.bookmarkOf(target), kind, lastRestoreId]),
  };
}

function digest(bound: readonly (string | null)[]): string {
  return createHash("sha256").update(JSON.stringify(bound)).digest("hex");
}
