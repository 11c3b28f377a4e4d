import { LastgoodError } from "../../../domain/errors.ts";
import type { CommitInfo, HistoryView } from "./records.ts";

/**
 * A commit that was there when somebody chose it. Throws `history_damaged` where it is not: of the newest records a damaged one looks like
 * one that a crash cut off, and only who has seen it knows better.
 */
export function requireCommit(history: HistoryView, txid: number): CommitInfo {
  const commit = history.byTxid(txid);
  if (commit) return commit;
  throw new LastgoodError(
    "history_damaged",
    "The history is damaged: this commit was in it and cannot be read any more.",
    { hint: "Choose an earlier moment, or restore from a backup, and look at the disk that the history lies on." },
  );
}
