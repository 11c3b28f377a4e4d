import { constants } from "node:fs";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { readUpTo, writeWhole } from "../history/durable-file.ts";
import { historyDamaged } from "../history/format.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView } from "../history/records.ts";
import { PageWorkspace } from "./page-workspace.ts";

const MEMORY_BYTES = 192 * 1024 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Writes the whole database as it was right after commit `txid` to `file` and syncs it: the base image, with every page
 * touched since taken forwards. Every page is checked: untouched ones against the base's checksums, the others against the
 * CRC-32 that their last commit names. Throws `history_damaged`.
 * @returns the CRC-32 of each page, page 1 first
 */
export function materialise(
  history: HistoryView,
  txid: number,
  file: string,
  report: (done: number, total: number) => void = () => undefined,
  workspaceFile = `${file}.pages`,
): Uint32Array<ArrayBuffer> {
  const target = history.byTxid(txid);
  assert(target, "the state to write is in the history");
  const base = history.base();
  const workspace = new PageWorkspace(workspaceFile, history.pageSize, MEMORY_BYTES);
  const crcs = new Map<number, number>();
  try {
    disk.copyFileSync(base.path, file, constants.COPYFILE_FICLONE);
    reachPoint("materialise.base-copied");
    // The copy has the image's mode, which on read-only media lets nobody write.
    disk.chmodSync(file, 0o600);
    const fd = disk.openSync(file, "r+");
    try {
      const total = txid - base.txid + target.sizeAfter;
      for (const record of history.records(base.txid + 1, txid, "ascending")) {
        for (const { page, crcAfter, delta } of record.pages) {
          const content = workspace.get(page) ?? startOf(fd, page, base, history.pageSize);
          applyDelta(content, delta);
          workspace.put(page, content);
          crcs.set(page, crcAfter);
        }
        report(record.txid - base.txid, total);
      }
      reachPoint("materialise.pages-computed");
      const context = { history, fd, workspace, crcs, base, sizePages: target.sizeAfter };
      const table = settlePages(context, (page) => report(txid - base.txid + page, total));
      disk.ftruncateSync(fd, target.sizeAfter * history.pageSize);
      disk.fsyncSync(fd);
      return table;
    } finally {
      disk.closeSync(fd);
    }
  } finally {
    workspace.close();
  }
}

type Base = ReturnType<HistoryView["base"]>;

/** A page as the base image holds it; zeroes beyond its end. */
function startOf(fd: number, page: number, base: Base, pageSize: number): Buffer {
  if (page > base.sizePages) return Buffer.alloc(pageSize);
  return readUpTo(fd, pageSize, (page - 1) * pageSize);
}

type Settling = {
  history: HistoryView;
  fd: number;
  workspace: PageWorkspace;
  crcs: ReadonlyMap<number, number>;
  base: Base;
  sizePages: number;
};

/** Lays the computed pages over the image, and checks every page of it. */
function settlePages(
  { history, fd, workspace, crcs, base, sizePages }: Settling,
  settled: (page: number) => void,
): Uint32Array<ArrayBuffer> {
  const { pageSize } = history;
  const table = new Uint32Array(sizePages);
  const zeroCrc = crc32(Buffer.alloc(pageSize));
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  for (let first = 1; first <= sizePages; first += perChunk) {
    const count = Math.min(perChunk, sizePages - first + 1);
    const chunk = Buffer.alloc(count * pageSize);
    readUpTo(fd, count * pageSize, (first - 1) * pageSize).copy(chunk);
    let isChanged = false;
    for (let page = first; page < first + count; page++) {
      const at = (page - first) * pageSize;
      const computed = workspace.get(page);
      if (computed) {
        computed.copy(chunk, at);
        isChanged = true;
      }
      const crc = crc32(chunk.subarray(at, at + pageSize));
      // A page that SQLite allocated and never wrote (that of its lock bytes, for one) counts as zeroes.
      const wanted = crcs.get(page) ?? (page <= base.sizePages ? base.crcOf(page) : zeroCrc);
      if (crc !== wanted) throw historyDamaged(base.path, `page ${page} fails its checksum`, base.txid, null);
      table[page - 1] = crc;
    }
    if (isChanged) writeWhole(fd, chunk, (first - 1) * pageSize);
    reachPoint("materialise.stretch-written");
    settled(first + count - 1);
  }
  return table;
}
