import { type Bookmark, parseBookmark } from "../../../domain/bookmark.ts";
import type { FollowedState } from "../../engine.ts";
import type { HistoryView } from "../history/records.ts";

/** As `Engine.follow`. A state that was pruned is still one of this history: its number stands in its bookmark. */
export function followState(history: HistoryView, state: Bookmark): FollowedState | null {
  const parts = parseBookmark(state);
  const newest = history.newest();
  if (!parts || parts.historyTag !== parseBookmark(history.bookmarkOf(newest))?.historyTag) return null;
  if (parts.txid > newest.txid) return null;
  const commit = history.byTxid(parts.txid);
  if (commit && history.bookmarkOf(commit) !== state) return null;
  return { txid: parts.txid, nextMs: history.byTxid(parts.txid + 1)?.timeMs ?? null };
}
