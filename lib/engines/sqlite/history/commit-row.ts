import { readU64, writeU64 } from "./format.ts";
import { type CommitHeader, readPosition, writePosition } from "./payload.ts";
import type { CommitInfo } from "./records.ts";

/** Bytes of one row; the layout is part of the format (FORMAT.md, commit table). */
export const COMMIT_ROW = 96;

/** Rows of a commit table that are stored, checked and read together. */
export const CHUNK_ROWS = 128;

/** Where a commit's first record begins: the block's index in its segment, and bytes into the block's payload. */
export type CommitPlace = { block: number; offset: number };

/** Runs of `CHUNK_ROWS` commits, the last one shorter. */
export type RowChunks = {
  readonly count: number;
  firstTimeMs(chunk: number): number;
  /** Pages in the records of all its commits. */
  pages(chunk: number): number;
};

/** The commits of one segment without their pages, addressed by their index in it. */
export interface CommitRows {
  readonly firstTxid: number;
  readonly length: number;
  /** What is known of the rows without reading them; null: all of them are in memory. */
  chunks(): RowChunks | null;
  timeMs(index: number): number;
  pageCount(index: number): number;
  place(index: number): CommitPlace;
  info(index: number): CommitInfo;
  /** How many of the commits have a time at or before `timeMs`. */
  countUpTo(timeMs: number): number;
}

/** Writes one row; `bytes` is what all records of the commit take. */
export function writeRow(rows: Buffer, at: number, commit: CommitHeader, bytes: number, place: CommitPlace): void {
  writeU64(rows, commit.timeMs, at);
  writeU64(rows, commit.rawTimeMs, at + 8);
  writeU64(rows, commit.gapFromMs ?? 0, at + 16);
  writeU64(rows, bytes, at + 24);
  rows.writeUInt32LE(commit.sizeBefore, at + 32);
  rows.writeUInt32LE(commit.sizeAfter, at + 36);
  rows.writeUInt32LE(commit.pageCount, at + 40);
  rows.writeUInt32LE(commit.flags, at + 44);
  writePosition(rows, commit.position, at + 48);
  rows.write(commit.recordTag, at + 68, "hex");
  rows.writeUInt32LE(place.block, at + 76);
  rows.writeUInt32LE(place.offset, at + 80);
}

export const rowTimeMs = (rows: Buffer, at: number): number => readU64(rows, at);
export const rowPageCount = (rows: Buffer, at: number): number => rows.readUInt32LE(at + 40);
export const rowPlace = (rows: Buffer, at: number): CommitPlace => ({
  block: rows.readUInt32LE(at + 76),
  offset: rows.readUInt32LE(at + 80),
});

export function rowInfo(rows: Buffer, at: number, txid: number): CommitInfo {
  const gapFromMs = readU64(rows, at + 16);
  return {
    txid,
    timeMs: readU64(rows, at),
    rawTimeMs: readU64(rows, at + 8),
    flags: rows.readUInt32LE(at + 44),
    sizeBefore: rows.readUInt32LE(at + 32),
    sizeAfter: rows.readUInt32LE(at + 36),
    pageCount: rows.readUInt32LE(at + 40),
    bytes: readU64(rows, at + 24),
    recordTag: rows.toString("hex", at + 68, at + 76),
    gapFromMs: gapFromMs === 0 ? null : gapFromMs,
    position: readPosition(rows, at + 48),
  };
}

/** The first of `count` ascending numbers that is larger than `limit`: how many are not. */
export function countAtMost(count: number, limit: number, numberAt: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberAt(middle) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
