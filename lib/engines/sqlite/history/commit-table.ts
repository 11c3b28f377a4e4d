import { readU64, writeU64 } from "./format.ts";
import { type CommitHeader, readPosition, writePosition } from "./payload.ts";
import type { CommitInfo } from "./records.ts";

/** Bytes of one row; the layout is part of the format (FORMAT.md, commit table). */
export const COMMIT_ROW = 96;

/** Where a commit's first record begins: the block's index in its segment, and bytes into the block's payload. */
export type CommitPlace = { block: number; offset: number };

/** Commits without their pages, one row of 96 bytes each, for the commits `firstTxid` onwards of one segment. */
export class CommitTable {
  readonly firstTxid: number;
  private rows: Buffer;
  private count: number;

  /** @param rows finished rows, as a sealed segment stores them */
  constructor(firstTxid: number, rows: Buffer = Buffer.alloc(0)) {
    this.firstTxid = firstTxid;
    this.rows = rows;
    this.count = rows.length / COMMIT_ROW;
  }

  get length(): number {
    return this.count;
  }

  get bytes(): number {
    return this.rows.length;
  }

  get lastTxid(): number {
    return this.firstTxid + this.count - 1;
  }

  /** The rows as they are stored. */
  encoded(): Buffer {
    return this.rows.subarray(0, this.count * COMMIT_ROW);
  }

  /** Adds the commit that follows; `bytes` is what all of its records take. */
  push(commit: CommitHeader, bytes: number, place: CommitPlace): void {
    const at = this.count * COMMIT_ROW;
    if (at + COMMIT_ROW > this.rows.length) {
      const grown = Buffer.alloc(Math.max(64 * COMMIT_ROW, this.rows.length * 2));
      this.rows.copy(grown, 0, 0, at);
      this.rows = grown;
    }
    const { rows } = this;
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
    this.count++;
  }

  timeMs(index: number): number {
    return readU64(this.rows, index * COMMIT_ROW);
  }

  pageCount(index: number): number {
    return this.rows.readUInt32LE(index * COMMIT_ROW + 40);
  }

  flags(index: number): number {
    return this.rows.readUInt32LE(index * COMMIT_ROW + 44);
  }

  place(index: number): CommitPlace {
    const at = index * COMMIT_ROW;
    return { block: this.rows.readUInt32LE(at + 76), offset: this.rows.readUInt32LE(at + 80) };
  }

  info(index: number): CommitInfo {
    const { rows } = this;
    const at = index * COMMIT_ROW;
    const gapFromMs = readU64(rows, at + 16);
    return {
      txid: this.firstTxid + index,
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

  /** How many of the commits have a time at or before `timeMs`. */
  countUpTo(timeMs: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeMs(middle) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
