import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { applyDelta } from "../../lib/engines/sqlite/history/page-delta.ts";
import type { HistoryView } from "../../lib/engines/sqlite/history/records.ts";

/** The whole database as of a commit, computed from the base image forwards; every step is checked. */
export function computeForwards(history: HistoryView, txid: number): Buffer {
  const base = history.base();
  return walk(history, readFileSync(base.path), base.txid + 1, txid, "ascending");
}

/** The same from the mirror backwards. */
export function computeBackwards(history: HistoryView, txid: number): Buffer {
  return walk(history, readFileSync(history.mirrorPath()), txid + 1, history.newest().txid, "descending");
}

function walk(
  history: HistoryView,
  start: Buffer,
  from: number,
  to: number,
  order: "ascending" | "descending",
): Buffer {
  const { pageSize } = history;
  let state = Buffer.from(start);
  const resize = (pages: number) => {
    const sized = Buffer.alloc(pages * pageSize);
    state.copy(sized, 0, 0, Math.min(state.length, sized.length));
    return sized;
  };
  for (const record of history.records(from, to, order)) {
    const size = order === "ascending" ? record.sizeAfter : record.sizeBefore;
    // Dropped pages stand in the record too, so there is room for the larger side while its steps are taken.
    state = resize(Math.max(record.sizeBefore, record.sizeAfter));
    for (const { page, crcBefore, crcAfter, delta } of record.pages) {
      const content = state.subarray((page - 1) * pageSize, page * pageSize);
      const [known, reached] = order === "ascending" ? [crcBefore, crcAfter] : [crcAfter, crcBefore];
      if (crc32(content) !== known) throw new Error(`page ${page} before commit ${record.txid} is not what it says`);
      applyDelta(content, delta);
      if (crc32(content) !== reached) throw new Error(`page ${page} after commit ${record.txid} is not what it says`);
    }
    state = resize(size);
  }
  return state;
}

/** A copy whose counters of SQLite's own (bytes 24 to 27 and 92 to 99 of page 1) are zero: they are nobody's content. */
export function withoutCounters(database: Buffer): Buffer {
  const copy = Buffer.from(database);
  copy.fill(0, 24, 28);
  copy.fill(0, 92, 100);
  return copy;
}
