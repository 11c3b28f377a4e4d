import { readdirSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { applyDelta } from "../../../lib/engines/sqlite/history/page-delta.ts";
import type { HistoryView } from "../../../lib/engines/sqlite/history/records.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import type { RecordedLog } from "./recorded-log.ts";
import type { Told } from "./stepped-capture.ts";

/** Files that are only there while something is being written, or because a torn end was taken for damage. */
export function unfinishedFiles(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true }).map(String);
  return names.filter((name) => /\.(new|partial|pages|workspace)$|\/damaged-/.test(name));
}

/**
 * What is wrong with a history that was just opened by somebody else: everything told durable must be in it with its
 * exact state, and whatever else is in it must be a commit of the log too. Null: nothing.
 */
export function whatIsWrong(directory: string, log: RecordedLog, told: Told, mostGaps = 0): string | null {
  if (told.size === 0) return null;
  try {
    verifyHistory(directory);
    const history = openHistory(directory);
    try {
      if (history.gaps().length > mostGaps) return `gaps ${JSON.stringify(history.gaps())}`;
      return findWrongState(history, log, told);
    } finally {
      history.close();
    }
  } catch (error) {
    return String(error);
  }
}

function findWrongState(history: HistoryView, log: RecordedLog, told: Told): string | null {
  const newestTold = Math.max(...told.keys());
  const newest = history.newest().txid;
  if (newest < newestTold) return `commit ${newestTold} was told durable and is gone: the newest is ${newest}`;
  const oldest = history.oldest().txid;
  for (const { txid, state } of statesOf(history)) {
    const commit = told.get(txid);
    if (commit !== undefined && !state.equals(log.states[commit] ?? Buffer.alloc(0))) {
      return `commit ${txid} has another state than commit ${commit} of the log`;
    }
    if (commit === undefined && !log.states.some((known) => known.equals(state))) {
      return `commit ${txid} is half: no commit of the log left this state`;
    }
  }
  for (const txid of told.keys()) if (txid > oldest && !history.byTxid(txid)) return `commit ${txid} is missing`;
  return null;
}

/** Every commit's state, from the base image forwards, each step checked by its checksums. */
export function* statesOf(history: HistoryView): Generator<{ txid: number; state: Buffer }> {
  const { pageSize } = history;
  const base = history.base();
  let state = readFileSync(base.path);
  yield { txid: base.txid, state };
  for (const record of history.records(base.txid + 1, history.newest().txid, "ascending")) {
    const wide = Buffer.alloc(Math.max(record.sizeBefore, record.sizeAfter) * pageSize);
    state.copy(wide);
    for (const { page, crcBefore, crcAfter, delta } of record.pages) {
      const content = wide.subarray((page - 1) * pageSize, page * pageSize);
      if (crc32(content) !== crcBefore) throw new Error(`page ${page} before commit ${record.txid}`);
      applyDelta(content, delta);
      if (crc32(content) !== crcAfter) throw new Error(`page ${page} after commit ${record.txid}`);
    }
    state = Buffer.from(wide.subarray(0, record.sizeAfter * pageSize));
    yield { txid: record.txid, state };
  }
}
