import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { History } from "../history/open-history.ts";
import { openPast } from "../past/open-past.ts";
import { checksumsAt } from "../restore/checksums-at.ts";

/** Small enough to stay in a processor's cache from reading to writing. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Gives the whole database as it was right after commit `txid`, in order, while its history grows. The mirror is read in large
 * pieces; a page of it that was written since, or that the reader writes at this moment, is computed from the history. Each
 * page is what the history names by its CRC-32. Throws `history_damaged`, and `conflict` once pruning took the state away.
 * @param give takes bytes that are overwritten as soon as its promise has settled: memory of its own for each piece costs the
 * kernel more time than reading it
 */
export async function writeImage(
  history: History,
  txid: number,
  give: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const past = openPast(history, txid);
  const crcs = checksumsAt(history, txid);
  const { pageSize } = history;
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const buffer = Buffer.alloc(perChunk * pageSize);
  const mirror = openIfThere(history.mirrorPath());
  try {
    for (let first = 1; first <= crcs.length; first += perChunk) {
      const count = Math.min(perChunk, crcs.length - first + 1);
      const chunk = buffer.subarray(0, count * pageSize);
      if (mirror !== null) readWhole(mirror, chunk, (first - 1) * pageSize);
      for (let page = first; page < first + count; page++) {
        const content = chunk.subarray((page - first) * pageSize, (page - first + 1) * pageSize);
        // The state may have grown by pages that were never written, and count as zeroes there.
        if (crc32(content) !== crcs[page - 1]) content.set(past.read(page));
      }
      await give(chunk);
      reachPoint("image.chunk-given");
    }
  } finally {
    past.close();
    if (mirror !== null) disk.closeSync(mirror);
  }
}

/** The mirror is missing while the reader makes it anew; then all is computed. */
function openIfThere(file: string): number | null {
  try {
    return disk.openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
