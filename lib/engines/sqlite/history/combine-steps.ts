import type { PageTable } from "./page-table.ts";
import { pagesOf } from "./page-table.ts";
import { Payload } from "./payload.ts";

/** Memory for pages whose steps are being composed. */
const GROUP_BYTES = 8 * 1024 * 1024;
/** The segment is read once for each group. */
const MOST_GROUPS = 4;
const BLOCK_BYTES = 256 * 1024;

/** Pages that are composed in one reading of the segment. */
const groupSize = (pageSize: number) => Math.max(1, Math.floor(GROUP_BYTES / pageSize));

/** Whether composing may be worth its while: the result is small, and few readings make it. */
export function isWorthCombining(table: PageTable, pageSize: number, rawBytes: number): boolean {
  if (table.isOverfull || table.size > groupSize(pageSize) * MOST_GROUPS) return false;
  return table.composedAtMost(pageSize) <= rawBytes / 2;
}

/**
 * Composes all steps of each page in a segment into one: the XOR of the page before the segment and after it. Gives blocks of
 * about 256 KiB of pages as records hold them, ascending. Rests between pieces, so that the caller's thread can be used.
 * @param read reads the segment's records once more, in pieces that end between two records
 */
export async function* combineSteps(
  table: PageTable,
  sorted: Uint32Array,
  pageSize: number,
  read: () => AsyncIterable<Buffer>,
): AsyncGenerator<{ firstPage: number; raw: Buffer }> {
  const words = pageSize / 4;
  const perGroup = groupSize(pageSize);
  const zero = new Int32Array(words);
  const out = new Payload();
  let firstPage = 0;
  for (let begin = 0; begin < sorted.length; begin += perGroup) {
    const group = sorted.subarray(begin, begin + perGroup);
    const rank = new Int32Array(table.size).fill(-1);
    group.forEach((slot, index) => {
      rank[slot] = index;
    });
    const sums = new Int32Array(group.length * words);
    for await (const piece of read()) {
      for (let at = 0; at < piece.length; at += piece.readUInt32LE(at + 4)) {
        for (const { page, from, bytes } of pagesOf(piece, at)) {
          const index = rank[table.slotOf(page)] ?? -1;
          if (index >= 0) addDelta(sums, index * words, piece, from, bytes);
        }
      }
    }
    for (const [index, slot] of group.entries()) {
      const page = table.pageOf(slot);
      if (out.bytes === 0) firstPage = page;
      out.addPage(page, table.crcBeforeOf(slot), table.crcAfterOf(slot), zero, 0, sums, index * words, words);
      if (out.bytes < BLOCK_BYTES) continue;
      yield { firstPage, raw: Buffer.from(out.payload()) };
      out.clear();
    }
  }
  if (out.bytes > 0) yield { firstPage, raw: Buffer.from(out.payload()) };
}

/** XORs a delta that begins at `from` into the page whose words begin at `sumAt`. */
function addDelta(sums: Int32Array, sumAt: number, payload: Buffer, from: number, bytes: number): void {
  const end = from + bytes;
  let word = sumAt;
  for (let at = from; at < end; ) {
    word += payload.readUInt16LE(at);
    const count = payload.readUInt16LE(at + 2);
    at += 4;
    for (let i = 0; i < count; i++, at += 4, word++) sums[word] = (sums[word] as number) ^ payload.readInt32LE(at);
  }
}
