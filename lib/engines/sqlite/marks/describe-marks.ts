import { parseBookmark } from "../../../domain/bookmark.ts";
import type { CommitMark } from "../../../domain/commit-mark.ts";
import type { History } from "../history/open-history.ts";
import type { IndexedCandidate } from "./mark-index.ts";

const ABOUT = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });

/** The numbers of commits that restores made, as notes beside the history tell. */
export function restoreCommits(history: History): Set<number> {
  const found = new Set<number>();
  for (const { note } of history.notes()) {
    if (typeof note !== "object" || note === null || !("commit" in note) || typeof note.commit !== "string") continue;
    const parts = parseBookmark(note.commit);
    if (parts) found.add(parts.txid);
  }
  return found;
}

/** A candidate as people see it; null for one that turned out to be nothing, or whose commit has left the history. */
export function describeMark(history: History, candidate: IndexedCandidate): CommitMark | null {
  const { txid, timeMs, facts, streak } = candidate;
  if (facts === null) return null;
  const commit = history.byTxid(txid);
  if (!commit) return null;
  const before = history.byTxid(txid - 1);
  const known = facts ?? guess(candidate);
  return {
    id: `${streak ? "deletes" : known.kind}-${txid}`,
    kind: known.kind,
    timeMs,
    bookmark: history.bookmarkOf(commit),
    txid,
    before: before && { bookmark: history.bookmarkOf(before), timeMs: before.timeMs },
    words: known.words,
    table: known.table,
    rows: known.rows,
    commits: streak?.commits ?? 1,
    throughMs: streak?.throughMs ?? timeMs,
    exact: facts !== undefined,
  };
}

function guess({ schema, rows, streak }: IndexedCandidate) {
  if (schema) return { kind: "schema" as const, words: "Schema change", table: null, rows: null };
  const how = streak ? ` in ${ABOUT.format(streak.commits)} commits` : "";
  return { kind: "delete" as const, words: `DELETE about ${ABOUT.format(rows)} rows${how}`, table: null, rows };
}
