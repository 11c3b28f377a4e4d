import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "./durable-file.ts";
import { historyDamaged } from "./format.ts";
import { openHistory } from "./open-history.ts";
import { SealedSegment } from "./sealed-segment.ts";

const PAGES_AT_ONCE = 256;

/**
 * Reads every byte of a history that something is restored from: segments, tables, records, base image. Throws
 * `history_damaged` at the first that is not what was written. The mirror is not part of it: it can be made anew.
 */
export function verifyHistory(directory: string): { commits: number; pages: number } {
  const history = openHistory(directory);
  try {
    let pages = 0;
    let commits = 0;
    const last = history.newest().txid;
    for (const record of history.records(history.oldest().txid, last, "ascending")) {
      commits++;
      pages += record.pages.length;
    }
    for (const segment of history.allSegments()) if (segment instanceof SealedSegment) segment.verifyTables();
    verifyBase(history.base(), history.pageSize);
    return { commits, pages };
  } finally {
    history.close();
  }
}

function verifyBase(
  base: { path: string; txid: number; sizePages: number; crcOf(page: number): number },
  pageSize: number,
): void {
  const fd = disk.openSync(base.path, "r");
  try {
    for (let page = 1; page <= base.sizePages; page += PAGES_AT_ONCE) {
      const bytes = readUpTo(fd, PAGES_AT_ONCE * pageSize, (page - 1) * pageSize);
      for (let i = 0; i < PAGES_AT_ONCE && page + i <= base.sizePages; i++) {
        const content = bytes.subarray(i * pageSize, (i + 1) * pageSize);
        if (content.length === pageSize && crc32(content) === base.crcOf(page + i)) continue;
        throw historyDamaged(base.path, `page ${page + i} fails its checksum`, base.txid, null);
      }
    }
  } finally {
    disk.closeSync(fd);
  }
}
