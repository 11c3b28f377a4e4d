import { LastgoodError } from "../../../domain/errors.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import { ChecksumTable, checksumsAt } from "./checksums-at.ts";

/**
 * The first commit from `fromTxid` on after which the database was, page for page, what it was at `toTxid`; null when there is
 * none. Page 1 is left out: a restore gives it counters of its own. Read from the history's checksums alone; where damage
 * lies between both, from those of either side.
 */
export function findReaching(history: HistoryView, toTxid: number, fromTxid: number): CommitInfo | null {
  const target = history.byTxid(toTxid);
  if (!target) return null;
  try {
    return findBySteps(history, target, fromTxid);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") {
      const wanted = new ChecksumTable(checksumsAt(history, target.txid), history.pageSize);
      return findByTables(history, wanted, fromTxid);
    }
    throw error;
  }
}

/** Follows what each commit since has changed. */
function findBySteps(history: HistoryView, target: CommitInfo, fromTxid: number): CommitInfo | null {
  const wanted = new Map<number, number>();
  const differing = new Set<number>();
  for (const { pages, isLast, ...info } of history.recordParts(target.txid + 1, history.newest().txid, "ascending")) {
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

/**
 * The same for a state that is known by its checksums, of whichever database: compares it with the one before `fromTxid`,
 * then follows the commits from there.
 */
export function findByTables(history: HistoryView, wanted: ChecksumTable, fromTxid: number): CommitInfo | null {
  const before = new ChecksumTable(checksumsAt(history, fromTxid - 1), history.pageSize);
  const differing = new Set<number>();
  for (let page = 2; page <= wanted.size; page++) if (before.of(page) !== wanted.of(page)) differing.add(page);
  for (const { pages, ...info } of history.records(fromTxid, history.newest().txid, "ascending")) {
    for (const { page, crcAfter } of pages) {
      if (page === 1 || page > wanted.size) continue;
      if (crcAfter === wanted.of(page)) differing.delete(page);
      else differing.add(page);
    }
    if (info.sizeAfter === wanted.size && differing.size === 0) return info;
  }
  return null;
}
