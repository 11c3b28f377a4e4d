import type { Bookmark } from "../../../domain/bookmark.ts";
import type { StoredImage } from "../../engine.ts";
import type { HistoryView } from "../history/records.ts";
import { asMoment, findBookmark } from "./find-moment.ts";

/** The state that a live database is brought to: one of its own history, one of another database's, or an image. */
export type RestoreGoal = {
  /** Its commit, in the history that it comes from; 0: it comes from an image. */
  txid: number;
  sizePages: number;
  pageSize: number;
  reached: { bookmark: Bookmark; timeMs: number };
  /** Where that history lies when it is another database's; null: the database's own. */
  otherDirectory: string | null;
  /** The file that holds it, where it comes from no history. */
  imageFile: string | null;
};

/**
 * Where a goal comes from. What has to be fetched first is not asked for before it is needed: what an earlier try has done is settled
 * without it. `reached` is told of it then; null where it is found with the goal, which then needs nobody else.
 */
export type GoalSource = {
  reached: RestoreGoal["reached"] | null;
  find(): RestoreGoal | Promise<RestoreGoal>;
};

/** A state of the database's own history. Throws as `findBookmark` does. */
export function ownGoal(history: HistoryView, to: Bookmark): RestoreGoal {
  return goalOf(history, to, null);
}

/** A state of another database's history, which must have the same page size. */
export function otherGoal(other: HistoryView, to: Bookmark): RestoreGoal {
  return goalOf(other, to, other.directory);
}

/** The state that an image holds, whatever history that was of. */
export function imageGoal({ file, bookmark, timeMs, pageSizeBytes, pageCount }: StoredImage): RestoreGoal {
  return {
    txid: 0,
    sizePages: pageCount,
    pageSize: pageSizeBytes,
    reached: { bookmark, timeMs },
    otherDirectory: null,
    imageFile: file,
  };
}

function goalOf(history: HistoryView, to: Bookmark, otherDirectory: string | null): RestoreGoal {
  const commit = findBookmark(history, to, null);
  return {
    txid: commit.txid,
    sizePages: commit.sizeAfter,
    pageSize: history.pageSize,
    reached: asMoment(history, commit),
    otherDirectory,
    imageFile: null,
  };
}
