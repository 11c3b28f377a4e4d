import { constants } from "node:fs";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo, UNFINISHED, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { historyDamaged, MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "../history/format.ts";
import { missingEnd } from "../history/missing-end.ts";
import type { History } from "../history/open-history.ts";
import { readPageChecksums } from "../history/page-checksums.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { CommitRecord } from "../history/records.ts";
import { Mirror } from "./mirror.ts";

/** Commits between two pauses in which other databases are served. */
const COMMITS_AT_ONCE = 200;

/**
 * Opens the mirror so that every page is what the history says: pages touched since its checksums were written down are
 * verified, rolled forward where a crash left them behind, and rebuilt from the base image where neither helps.
 * `trustNothing` rebuilds all of it.
 */
export async function recoverMirror(history: History, trustNothing: boolean): Promise<Mirror> {
  const file = path.join(history.directory, MIRROR_NAME);
  const known = trustNothing ? null : readPageChecksums(path.join(history.directory, MIRROR_CHECKSUMS_NAME));
  const isUsable =
    known?.historyId.equals(history.historyId) &&
    known.txid >= history.oldest().txid &&
    missingEnd(history.allSegments(), known) === null &&
    disk.statSync(file, { throwIfNoEntry: false }) !== undefined;
  const start = known && isUsable ? { txid: known.txid, table: known.table } : copyBase(history, file);
  const table = await verifyTail(history, file, start);
  return new Mirror(history.directory, history.pageSize, table);
}

type Start = { txid: number; table: Uint32Array };

function copyBase(history: History, file: string): Start {
  const base = history.base();
  disk.copyFileSync(base.path, `${file}${UNFINISHED}`, constants.COPYFILE_FICLONE);
  reachPoint("recover.base-copied");
  disk.renameSync(`${file}${UNFINISHED}`, file);
  reachPoint("recover.base-renamed");
  const table = new Uint32Array(base.sizePages);
  for (let page = 1; page <= base.sizePages; page++) table[page - 1] = base.crcOf(page);
  requireSound(file, table, history);
  return { txid: base.txid, table };
}

/** A damaged image must not become the mirror: pages that no commit has touched are not looked at again. */
function requireSound(file: string, table: Uint32Array, history: History): void {
  const fd = disk.openSync(file, "r");
  try {
    const pages = new PageFile(fd, history.pageSize);
    for (let page = 1; page <= table.length; page++) {
      if (crc32(pages.read(page)) === table[page - 1]) continue;
      const { path: image, txid } = history.base();
      throw historyDamaged(path.basename(image), `page ${page} fails its checksum`, txid, null);
    }
  } finally {
    disk.closeSync(fd);
  }
}

/** The checksums as of the newest commit, after every page touched since `start` was made to fit them. */
async function verifyTail(history: History, file: string, start: Start): Promise<Uint32Array> {
  const zeroCrc = crc32(Buffer.alloc(history.pageSize));
  const newest = history.newest();
  let table = Uint32Array.from(start.table);
  let size = start.table.length;
  const touched = new Set<number>();
  for await (const record of paced(history, start.txid + 1, newest.txid)) {
    if (record.sizeAfter > table.length) {
      const grown = new Uint32Array(Math.max(record.sizeAfter, table.length * 2));
      grown.set(table);
      table = grown;
    }
    if (record.sizeAfter > size) {
      table.fill(zeroCrc, size, record.sizeAfter);
      for (let page = size + 1; page <= record.sizeAfter; page++) touched.add(page);
    }
    size = record.sizeAfter;
    for (const { page, crcAfter } of record.pages) {
      if (page > size) continue;
      table[page - 1] = crcAfter;
      touched.add(page);
    }
  }
  reachPoint("recover.tail-read");
  const fd = disk.openSync(file, "r+");
  try {
    const pages = new PageFile(fd, history.pageSize);
    const isWrong = (page: number) => page <= size && crc32(pages.read(page)) !== table[page - 1];
    let wrong = new Set([...touched].filter(isWrong));
    if (wrong.size > 0) {
      await rollForward(history, pages, wrong, start.txid + 1, zeroCrc);
      reachPoint("recover.rolled-forward");
      wrong = new Set([...wrong].filter(isWrong));
    }
    if (wrong.size > 0) await rebuild(history, pages, wrong, zeroCrc);
    for (const page of wrong) {
      if (isWrong(page))
        throw historyDamaged(file, `page ${page} cannot be computed`, history.oldest().txid, newest.txid);
    }
    disk.ftruncateSync(fd, size * history.pageSize);
    reachPoint("recover.mirror-sized");
  } finally {
    disk.closeSync(fd);
  }
  return table.subarray(0, size);
}

/** Applies to each of the pages the steps behind the version that the file holds, if the history names that version. */
async function rollForward(history: History, pages: PageFile, wrong: Set<number>, fromTxid: number, zeroCrc: number) {
  for await (const record of paced(history, fromTxid, history.newest().txid)) {
    for (const { page, crcBefore, delta } of record.pages) {
      if (!wrong.has(page)) continue;
      const content = pages.read(page);
      // A page cut off and used again begins from zero, whatever the file still holds there.
      if (crcBefore === zeroCrc && page > record.sizeBefore) content.fill(0);
      if (crc32(content) !== crcBefore) continue;
      applyDelta(content, delta);
      pages.write(page, content);
      reachPoint("recover.page-stepped");
    }
  }
}

async function rebuild(history: History, pages: PageFile, wrong: Set<number>, zeroCrc: number): Promise<void> {
  const base = history.base();
  const baseFd = disk.openSync(base.path, "r");
  try {
    const from = new PageFile(baseFd, history.pageSize);
    for (const page of wrong) {
      const content = page <= base.sizePages ? from.read(page) : Buffer.alloc(history.pageSize);
      if (page <= base.sizePages && crc32(content) !== base.crcOf(page)) {
        throw historyDamaged(base.path, `page ${page} fails its checksum`, base.txid, null);
      }
      pages.write(page, content);
      reachPoint("recover.page-from-base");
    }
  } finally {
    disk.closeSync(baseFd);
  }
  await rollForward(history, pages, wrong, base.txid + 1, zeroCrc);
}

async function* paced(history: History, from: number, to: number): AsyncGenerator<CommitRecord> {
  let done = 0;
  for (const record of history.records(from, to, "ascending")) {
    if (++done % COMMITS_AT_ONCE === 0) await nextTurn();
    yield record;
  }
}

/** Single pages of a file; what lies behind its end is zero. */
class PageFile {
  private readonly fd: number;
  private readonly pageSize: number;
  constructor(fd: number, pageSize: number) {
    this.fd = fd;
    this.pageSize = pageSize;
  }
  read(page: number): Buffer {
    const content = readUpTo(this.fd, this.pageSize, (page - 1) * this.pageSize);
    return content.length === this.pageSize ? content : Buffer.concat([content], this.pageSize);
  }
  write(page: number, content: Buffer): void {
    writeWhole(this.fd, content, (page - 1) * this.pageSize);
  }
}
