import { closeSync, openSync, readSync } from "node:fs";
import { applyDelta } from "../../lib/engines/sqlite/history/page-delta.ts";
import type { HistoryView } from "../../lib/engines/sqlite/history/records.ts";

/** What a counting program had written in one commit; `counter` is null when the commit touched no counter. */
export type CountedCommit = { txid: number; timeMs: number; counter: number | null; gapFromMs: number | null };

/** Reads the number that each commit of a counting foreign program holds, from the history's bytes alone. */
export function* readCounters(history: HistoryView): Generator<CountedCommit> {
  const base = history.base();
  const fd = openSync(base.path, "r");
  const pages = new Map<number, Buffer>();
  try {
    for (const record of history.records(base.txid + 1, history.newest().txid, "ascending")) {
      let counter: number | null = null;
      for (const { page, delta } of record.pages) {
        const content = pages.get(page) ?? readPage(fd, page, history.pageSize);
        pages.set(page, content);
        applyDelta(content, delta);
        counter = counterIn(content) ?? counter;
      }
      yield { txid: record.txid, timeMs: record.timeMs, counter, gapFromMs: record.gapFromMs };
    }
  } finally {
    closeSync(fd);
  }
}

function readPage(fd: number, page: number, pageSize: number): Buffer {
  const content = Buffer.alloc(pageSize);
  readSync(fd, content, 0, pageSize, (page - 1) * pageSize);
  return content;
}

function counterIn(page: Buffer): number | null {
  const at = page.indexOf("CNT=");
  return at < 0 ? null : Number(page.toString("latin1", at + 4, at + 16));
}
