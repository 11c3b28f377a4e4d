import { constants } from "node:fs";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo, UNFINISHED, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { historyDamaged } from "../history/format.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView } from "../history/records.ts";
import { requireCommit } from "../history/require-commit.ts";
import { PageWorkspace } from "../restore/page-workspace.ts";

const MEMORY_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** What the system answers where a file cannot share its blocks with another. */
const NOT_SHARED = new Set(["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY", "EXDEV", "EINVAL", "EPERM"]);

/** A copy that shares its blocks with the original until either is written to; false where the file system has none. */
export function shareBlocks(from: string, to: string): boolean {
  try {
    disk.copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && NOT_SHARED.has(String(error.code))) {
      disk.rmSync(to, { force: true });
      return false;
    }
    throw error;
  }
}

/**
 * Brings `file`, a copy of the base image, to the state of commit `txid` and syncs it. Only the pages touched on the way are
 * read and written, each checked before its first step and after its last. `isShared` false: the file is a copy that the
 * system has made byte by byte, and every page of it is read and checked. Throws `history_damaged`.
 * @returns the CRC-32 of each page, page 1 first
 */
export function advanceBase(
  history: HistoryView,
  txid: number,
  file: string,
  isShared: boolean,
  report: (done: number, total: number) => void,
): Uint32Array {
  const target = requireCommit(history, txid);
  const base = history.base();
  const { pageSize } = history;
  const workspace = new PageWorkspace(`${file}${UNFINISHED}`, pageSize, MEMORY_BYTES);
  const wanted = new Map<number, number>();
  const fd = disk.openSync(file, "r+");
  try {
    const zero = Buffer.alloc(pageSize);
    const total = txid - base.txid + (isShared ? 0 : target.sizeAfter);
    for (const { toTxid, pages } of history.steps(base.txid + 1, txid, "ascending")) {
      for (const { page, crcBefore, crcAfter, delta } of pages) {
        let content = workspace.get(page);
        if (!content) {
          content = page <= base.sizePages ? readUpTo(fd, pageSize, (page - 1) * pageSize) : Buffer.from(zero);
          if (crc32(content) !== crcBefore) throw historyDamaged(base.path, wrong(page), base.txid, null);
        }
        applyDelta(content, delta);
        workspace.put(page, content);
        wanted.set(page, crcAfter);
      }
      report(toTxid - base.txid, total);
    }
    reachPoint("prune.pages-computed");
    const table = new Uint32Array(target.sizeAfter).fill(crc32(zero));
    for (let page = 1; page <= Math.min(base.sizePages, table.length); page++) table[page - 1] = base.crcOf(page);
    for (const page of workspace.pages()) {
      if (page > table.length) continue;
      const content = workspace.get(page);
      const crc = wanted.get(page);
      if (!content || crc32(content) !== crc) throw historyDamaged(base.path, wrong(page), base.txid, null);
      table[page - 1] = crc;
      writeWhole(fd, content, (page - 1) * pageSize);
      reachPoint("prune.page-advanced");
    }
    disk.ftruncateSync(fd, table.length * pageSize);
    if (!isShared) checkPages(fd, table, pageSize, base, (done) => report(txid - base.txid + done, total));
    disk.fsyncSync(fd);
    return table;
  } finally {
    disk.closeSync(fd);
    workspace.close();
  }
}

function checkPages(
  fd: number,
  table: Uint32Array,
  pageSize: number,
  base: { path: string; txid: number },
  checked: (pages: number) => void,
): void {
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  for (let first = 0; first < table.length; first += perChunk) {
    const count = Math.min(perChunk, table.length - first);
    const chunk = readUpTo(fd, count * pageSize, first * pageSize);
    for (let i = 0; i < count; i++) {
      if (crc32(chunk.subarray(i * pageSize, (i + 1) * pageSize)) === table[first + i]) continue;
      throw historyDamaged(base.path, wrong(first + i + 1), base.txid, null);
    }
    checked(first + count);
  }
}

const wrong = (page: number) => `page ${page} fails its checksum`;
