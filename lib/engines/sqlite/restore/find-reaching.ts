import type { CommitInfo, HistoryView } from "../history/records.ts";

/**
 * The first commit from `fromTxid` on after which the database was, page for page, what it was at `toTxid`; null when there is
 * none. Page 1 is left out: a restore gives it counters of its own. Read from the history's checksums alone.
 */
export function findReaching(history: HistoryView, toTxid: number, fromTxid: number): CommitInfo | null {
  const target = history.byTxid(toTxid);
  if (!target) return null;
  const wanted = new Map<number, number>();
  const differing = new Set<number>();
  for (const { pages, isLast, ...info } of history.recordParts(toTxid + 1, history.newest().txid, "ascending")) {
    for (const { page, crcBefore, crcAfter } of pages) {
      if (page === 1 || page > target.sizeAfter) continue;
      const known = wanted.get(page);
      if (known === undefined) wanted.set(page, crcBefore);
      if (crcAfter === (known ?? crcBefore)) differing.delete(page);
      else differing.add(page);
    }
    if (isLast && info.txid >= fromTxid && info.sizeAfter === target.sizeAfter && differing.size === 0) return info;
  }
  return null;
}
