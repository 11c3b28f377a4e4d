import { createHash } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestorePlan } from "../../../domain/restore.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import { asMoment } from "./find-moment.ts";

/** Commits whose pages are counted one by one; beyond them the database's size is the bound. */
const COUNTED_COMMITS = 50_000;

/** What a restore would do, from the list of commits alone. */
export function planRestore(
  db: ProtectedDatabase,
  history: HistoryView,
  target: CommitInfo,
  lastRestoreId: string | null,
): RestorePlan {
  const newest = history.newest();
  const commits = newest.txid - target.txid;
  const way = db.restoreWay ?? "append";
  let bytes = 0;
  let pages = commits > COUNTED_COMMITS ? target.sizeAfter : 0;
  if (commits <= COUNTED_COMMITS) {
    for (const info of history.infos(target.txid + 1, newest.txid)) {
      pages += info.pageCount;
      bytes += info.bytes;
    }
  }
  pages = commits === 0 ? 0 : way === "backup" ? target.sizeAfter : Math.min(pages, target.sizeAfter);
  return {
    databaseId: db.id,
    target: "project",
    to: asMoment(history, target),
    from: asMoment(history, newest),
    commits,
    pages,
    pageSizeBytes: history.pageSize,
    estimateMs: estimateMs(way, pages * history.pageSize, bytes, target.sizeAfter * history.pageSize),
    way,
    digest: digestOf(db.id, history.bookmarkOf(target), lastRestoreId),
  };
}

/** Starting the processes, reading the records, writing the pages; the backup way writes the whole database twice. */
function estimateMs(way: RestorePlan["way"], pageBytes: number, recordBytes: number, databaseBytes: number): number {
  const written = way === "append" ? pageBytes : 3 * databaseBytes;
  return Math.round(400 + recordBytes / 200_000 + written / 100_000);
}

/** Binds what a person confirms; not the current bookmark, since a live database moves on every few milliseconds. */
function digestOf(databaseId: string, target: Bookmark, lastRestoreId: string | null): string {
  return createHash("sha256")
    .update(JSON.stringify({ databaseId, target, kind: "project", lastRestoreId }))
    .digest("hex");
}
