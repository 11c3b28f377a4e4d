import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { applyDelta } from "../../../lib/engines/sqlite/history/page-delta.ts";
import type { CommitInfo, HistoryView } from "../../../lib/engines/sqlite/history/records.ts";

/** One commit of a history and the bytes of the state after it, which the next step changes. */
export type Walked = { commit: CommitInfo; state: Buffer; counter: number | null };

/**
 * Every state that a history holds, from its base image forwards, each step checked against both checksums of each page.
 * `counter` is the number that the content holds, null before there is one.
 */
export function* walkStates(history: HistoryView): Generator<Walked> {
  const { pageSize } = history;
  const base = history.base();
  let state: Buffer = readFileSync(base.path);
  let counter = base.sizePages < 2 ? null : counterOn(state.subarray(pageSize, 2 * pageSize));
  for (let page = 1; page <= base.sizePages; page++) requireCrc(state, page, pageSize, base.crcOf(page), base.txid);
  yield { commit: history.oldest(), state, counter };
  for (const record of history.records(base.txid + 1, history.newest().txid, "ascending")) {
    state = resized(state, Math.max(record.sizeBefore, record.sizeAfter) * pageSize);
    for (const { page, crcBefore, crcAfter, delta } of record.pages) {
      const content = requireCrc(state, page, pageSize, crcBefore, record.txid);
      applyDelta(content, delta);
      requireCrc(state, page, pageSize, crcAfter, record.txid);
      if (page === 2) counter = counterOn(content) ?? counter;
    }
    state = resized(state, record.sizeAfter * pageSize);
    yield { commit: record, state, counter };
  }
}

function requireCrc(state: Buffer, page: number, pageSize: number, crc: number, txid: number): Buffer {
  const content = state.subarray((page - 1) * pageSize, page * pageSize);
  if (crc32(content) !== crc) throw new Error(`page ${page} of commit ${txid} is not what its checksum says`);
  return content;
}

function resized(state: Buffer, bytes: number): Buffer {
  if (state.length === bytes) return state;
  const other = Buffer.alloc(bytes);
  state.copy(other, 0, 0, Math.min(state.length, bytes));
  return other;
}

/** The counter's table is the first one, so its only row stands on page 2 and on no other; a freed cell may hold an old one. */
function counterOn(page: Buffer): number | null {
  const cells = page.readUInt16BE(3);
  if (page[0] !== 13 || cells !== 1) return null;
  const cell = page.readUInt16BE(8);
  const at = page.indexOf("CNT=", cell);
  return at < 0 ? null : Number(page.toString("latin1", at + 4, at + 16));
}
