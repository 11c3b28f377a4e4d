import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readWhole, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { historyDamaged } from "../history/format.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView } from "../history/records.ts";
import { requireCommit } from "../history/require-commit.ts";
import { shareBlocks } from "../prune/advance-base.ts";
import { PageWorkspace } from "./page-workspace.ts";

const MEMORY_BYTES = 192 * 1024 * 1024;
/** Small enough to stay in a processor's cache from reading to writing. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes the whole database as it was right after commit `txid` to `file` and syncs it: the base image, with every page
 * touched since taken forwards. Every page is checked on its way through memory: untouched ones against the base's checksums,
 * the others against the CRC-32 that their last commit names. Throws `history_damaged`.
 * @returns the CRC-32 of each page, page 1 first
 */
export function materialise(
  history: HistoryView,
  txid: number,
  file: string,
  report: (done: number, total: number) => void = () => undefined,
  workspaceFile = `${file}.pages`,
): Uint32Array<ArrayBuffer> {
  const { sizeAfter: sizePages } = requireCommit(history, txid);
  const base = history.base();
  const workspace = new PageWorkspace(workspaceFile, history.pageSize, MEMORY_BYTES);
  const baseFd = disk.openSync(base.path, "r");
  try {
    // Where files can share their blocks, only what differs from the image is written.
    const isShared = shareBlocks(base.path, file);
    // The copy has the image's mode, which on read-only media lets nobody write.
    if (isShared) disk.chmodSync(file, 0o600);
    const fd = disk.openSync(file, isShared ? "r+" : "w", 0o600);
    reachPoint("materialise.base-copied");
    try {
      const steps = txid - base.txid;
      const source: Source = { history, base, baseFd, workspace, sizePages };
      const crcs = computePages(source, txid, (done) => report(done, steps + sizePages));
      reachPoint("materialise.pages-computed");
      const table = writePages(source, crcs, { fd, isShared }, (done) => report(steps + done, steps + sizePages));
      disk.ftruncateSync(fd, sizePages * history.pageSize);
      disk.fsyncSync(fd);
      return table;
    } finally {
      disk.closeSync(fd);
    }
  } finally {
    disk.closeSync(baseFd);
    workspace.close();
  }
}

type Source = {
  history: HistoryView;
  base: ReturnType<HistoryView["base"]>;
  baseFd: number;
  workspace: PageWorkspace;
  sizePages: number;
};

/** Takes every page touched up to `txid` forwards into the workspace; answers what each must be then, by its CRC-32. */
function computePages(
  { history, base, baseFd, workspace, sizePages }: Source,
  txid: number,
  report: (done: number) => void,
): Map<number, number> {
  const crcs = new Map<number, number>();
  for (const { toTxid, pages } of history.steps(base.txid + 1, txid, "ascending")) {
    for (const { page, crcAfter, delta } of pages) {
      if (page > sizePages) continue;
      let content = workspace.get(page);
      if (!content) {
        content = Buffer.alloc(history.pageSize);
        if (page <= base.sizePages) readWhole(baseFd, content, (page - 1) * history.pageSize);
      }
      applyDelta(content, delta);
      workspace.put(page, content);
      crcs.set(page, crcAfter);
    }
    report(toTxid - base.txid);
  }
  return crcs;
}

/** Lays the computed pages over those of the image, checks all of them, and writes them out. */
function writePages(
  { history, base, baseFd, workspace, sizePages }: Source,
  crcs: ReadonlyMap<number, number>,
  { fd, isShared }: { fd: number; isShared: boolean },
  written: (pages: number) => void,
): Uint32Array<ArrayBuffer> {
  const { pageSize } = history;
  const table = new Uint32Array(sizePages);
  const zeroCrc = crc32(Buffer.alloc(pageSize));
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const buffer = Buffer.allocUnsafeSlow(perChunk * pageSize);
  for (let first = 1; first <= sizePages; first += perChunk) {
    const count = Math.min(perChunk, sizePages - first + 1);
    const chunk = buffer.subarray(0, count * pageSize);
    const fromBase = Math.max(0, Math.min(count, base.sizePages - first + 1)) * pageSize;
    readWhole(baseFd, chunk.subarray(0, fromBase), (first - 1) * pageSize);
    chunk.fill(0, fromBase);
    let isChanged = !isShared || fromBase < chunk.length;
    for (let page = first; page < first + count; page++) {
      const at = (page - first) * pageSize;
      const wanted = crcs.get(page);
      if (wanted !== undefined) {
        workspace.get(page)?.copy(chunk, at);
        isChanged = true;
      }
      const crc = crc32(chunk.subarray(at, at + pageSize));
      // A page that SQLite allocated and never wrote (that of its lock bytes, for one) counts as zeroes.
      if (crc !== (wanted ?? (page <= base.sizePages ? base.crcOf(page) : zeroCrc))) {
        throw historyDamaged(base.path, `page ${page} fails its checksum`, base.txid, null);
      }
      table[page - 1] = crc;
    }
    if (isChanged) writeWhole(fd, chunk, (first - 1) * pageSize);
    reachPoint("materialise.stretch-written");
    written(first + count - 1);
  }
  return table;
}
