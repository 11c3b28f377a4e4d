/**
 * The hash blocks of SQLite's log index (`-shm`), https://www.sqlite.org/walformat.html#wal_index_file_format, and the two
 * operations of its wal.c that one who appends to the log has to perform (walCleanupHash, walIndexAppend).
 *
 *   block, 32768 bytes, native order
 *     0      4096 page numbers of 4 bytes, one per frame; in block 0 the first 136 bytes are the headers and locks instead
 *     16384  8192 hash slots of 2 bytes: 1-based entry of this block, 0 when free; open addressing, key = page * 383
 */

import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { alignedBuffer } from "./wal-layout.ts";

export const INDEX_BLOCK = 32768;
const ENTRIES = 4096;
const SLOTS = 8192;
const SLOTS_AT = ENTRIES * 4;
/** Headers, read marks and lock bytes at the start of block 0: never written here. */
const PREFIX = 136;
const FIRST_ENTRIES = ENTRIES - PREFIX / 4;

export type BlockGeometry = {
  number: number;
  /** The frame before the block's first entry. */
  frameBefore: number;
  /** Where its page numbers begin, bytes. */
  entriesAt: number;
  capacity: number;
};

/** Where block `number` (from 0) keeps what. */
export function blockGeometry(number: number): BlockGeometry {
  return number === 0
    ? { number, frameBefore: 0, entriesAt: PREFIX, capacity: FIRST_ENTRIES }
    : { number, frameBefore: FIRST_ENTRIES + (number - 1) * ENTRIES, entriesAt: 0, capacity: ENTRIES };
}

/** The block that holds a frame; frames count from 1. */
export function blockOf(frame: number): BlockGeometry {
  return blockGeometry(frame <= FIRST_ENTRIES ? 0 : 1 + Math.floor((frame - FIRST_ENTRIES - 1) / ENTRIES));
}

/** A block's bytes; what lies beyond the end of the file is zero, as SQLite's own mapping would be. */
export function readIndexBlock(shmFd: number, number: number): Buffer<ArrayBuffer> {
  const block = alignedBuffer(INDEX_BLOCK);
  disk.readSync(shmFd, block, 0, INDEX_BLOCK, number * INDEX_BLOCK);
  return block;
}

/** Page number of an entry (from 1) of a block. */
export function pageOfEntry(block: Buffer, geometry: BlockGeometry, entry: number): number {
  return block.readUInt32LE(geometry.entriesAt + 4 * (entry - 1));
}

/**
 * Forgets every entry above `keep`: what a writer that rolled back, or died, left behind. Without it a stale slot can
 * point at a page number that a later commit has written there, and readers get another page's frame.
 */
export function clearStaleEntries(block: Buffer<ArrayBuffer>, geometry: BlockGeometry, keep: number): void {
  const slots = new Uint16Array(block.buffer, SLOTS_AT, SLOTS);
  for (let i = 0; i < SLOTS; i++) if ((slots[i] as number) > keep) slots[i] = 0;
  block.fill(0, geometry.entriesAt + 4 * keep, SLOTS_AT);
}

/** Adds one frame's page. Entries must be added in ascending order: of two for a page the later is later in its chain. */
export function addEntry(block: Buffer<ArrayBuffer>, geometry: BlockGeometry, entry: number, page: number): void {
  assert(entry >= 1 && entry <= geometry.capacity, "an entry lies within its block");
  const slots = new Uint16Array(block.buffer, SLOTS_AT, SLOTS);
  let key = Math.imul(page, 383) & (SLOTS - 1);
  for (let probes = 0; slots[key] !== 0; key = (key + 1) & (SLOTS - 1)) {
    assert(probes++ <= entry, "a probe chain is no longer than the block's entries");
  }
  block.writeUInt32LE(page, geometry.entriesAt + 4 * (entry - 1));
  slots[key] = entry;
}
