import { BLOCK_HEADER, readU64, writeU64 } from "./format.ts";
import { encodeDelta, maxDeltaBytes } from "./page-delta.ts";
import type { LogPosition } from "./records.ts";

const SMALL_BYTES = 8 * 1024;
const LARGE_BYTES = 16 * 1024 * 1024;

/** Kinds of records in a block's payload. Every record begins with kind (u8), flags (u8), zero (u16), its length (u32). */
export const RECORD = { commit: 1, pages: 2, window: 3, watermark: 4, position: 5, note: 6, abandon: 7 } as const;

export const COMMIT_HEADER = 88;
export const PAGES_HEADER = 16;
export const PAGE_HEADER = 16;
export const POSITION_BYTES = 20;

/** Restart window (A6): the log up to `position` is durable here, and `keeper` was told so. */
export type RestartWindow = { position: LogPosition; keeper: string; confirmed: boolean };

/** What a commit's header says beside its pages. */
export type CommitHeader = {
  txid: number;
  timeMs: number;
  rawTimeMs: number;
  gapFromMs: number | null;
  flags: number;
  sizeBefore: number;
  sizeAfter: number;
  pageCount: number;
  position: LogPosition;
  /** 16 hex digits. */
  recordTag: string;
};

export function writePosition(target: Buffer, position: LogPosition, at: number): void {
  target.writeUInt32LE(position.salt1, at);
  target.writeUInt32LE(position.salt2, at + 4);
  target.writeUInt32LE(position.frame, at + 8);
  target.writeInt32LE(position.sum1, at + 12);
  target.writeInt32LE(position.sum2, at + 16);
}

export function readPosition(source: Buffer, at: number): LogPosition {
  return {
    salt1: source.readUInt32LE(at),
    salt2: source.readUInt32LE(at + 4),
    frame: source.readUInt32LE(at + 8),
    sum1: source.readInt32LE(at + 12),
    sum2: source.readInt32LE(at + 16),
  };
}

/**
 * The payload of the block that is being gathered, with room for the block's header before it, so that a block is one
 * write. Grows by doubling and is used again for every block.
 */
export class Payload {
  private buffer = Buffer.from(new ArrayBuffer(SMALL_BYTES));
  private words = new Int32Array(this.buffer.buffer);
  private end = BLOCK_HEADER;
  /** Where the record being written begins. */
  private recordAt = 0;
  records = 0;

  get bytes(): number {
    return this.end - BLOCK_HEADER;
  }

  /** The block: room for its header, then the payload. Valid until the next write. */
  block(): Buffer {
    return this.buffer.subarray(0, this.end);
  }

  /** The records gathered so far. Valid until the next write. */
  payload(): Buffer {
    return this.buffer.subarray(BLOCK_HEADER, this.end);
  }

  clear(): void {
    this.end = BLOCK_HEADER;
    this.records = 0;
    // One large commit must not keep its memory for ever.
    if (this.buffer.length > LARGE_BYTES) this.resize(SMALL_BYTES);
  }

  /** Frees what a busy time has left. */
  rest(): void {
    if (this.records === 0) this.resize(SMALL_BYTES);
  }

  /** Begins a record with a header of `headerBytes` (all zero). */
  begin(kind: number, headerBytes: number): void {
    this.reserve(headerBytes);
    this.recordAt = this.end;
    this.buffer.fill(0, this.end, this.end + headerBytes);
    this.buffer[this.end] = kind;
    this.end += headerBytes;
  }

  /** Adds one page to the record: its step from `before` to `after`, both `words` long from their offsets. */
  addPage(
    page: number,
    crcBefore: number,
    crcAfter: number,
    before: Int32Array,
    beforeAt: number,
    after: Int32Array,
    afterAt: number,
    words: number,
  ): void {
    this.reserve(PAGE_HEADER + maxDeltaBytes(words * 4));
    const at = this.end >> 2;
    const out = encodeDelta(before, beforeAt, after, afterAt, words, this.words, at + PAGE_HEADER / 4);
    this.words[at] = page;
    this.words[at + 1] = crcBefore;
    this.words[at + 2] = crcAfter;
    this.words[at + 3] = (out - at) * 4 - PAGE_HEADER;
    this.end = out * 4;
  }

  /** Ends a record of pages of a commit that is not complete yet. Returns its bytes. */
  endPages(txid: number, pages: number): number {
    this.buffer.writeUInt32LE(pages, this.recordAt + 12);
    // Below 2^32 it is enough to tell whose pages these are; the commit itself follows and says so in full.
    this.buffer.writeUInt32LE(txid % 2 ** 32, this.recordAt + 8);
    return this.endRecord(0);
  }

  /** Ends a commit's record; `ownPages` of its pages are in this record, the others in records before it. */
  endCommit(header: CommitHeader, ownPages: number): number {
    const { buffer, recordAt: at } = this;
    writeU64(buffer, header.txid, at + 8);
    writeU64(buffer, header.timeMs, at + 16);
    writeU64(buffer, header.rawTimeMs, at + 24);
    writeU64(buffer, header.gapFromMs ?? 0, at + 32);
    buffer.writeUInt32LE(header.sizeBefore, at + 40);
    buffer.writeUInt32LE(header.sizeAfter, at + 44);
    buffer.writeUInt32LE(header.pageCount, at + 48);
    buffer.writeUInt32LE(ownPages, at + 52);
    writePosition(buffer, header.position, at + 56);
    buffer.write(header.recordTag, at + 76, "hex");
    return this.endRecord(header.flags);
  }

  addWindow(window: RestartWindow): void {
    const keeper = Buffer.from(window.keeper, "utf8");
    this.begin(RECORD.window, 32 + padded(keeper.length));
    writePosition(this.buffer, window.position, this.recordAt + 8);
    this.buffer.writeUInt32LE(keeper.length, this.recordAt + 28);
    keeper.copy(this.buffer, this.recordAt + 32);
    this.endRecord(window.confirmed ? 1 : 0);
  }

  addWatermark(timeMs: number): void {
    this.begin(RECORD.watermark, 16);
    writeU64(this.buffer, timeMs, this.recordAt + 8);
    this.endRecord(0);
  }

  addPosition(position: LogPosition): void {
    this.begin(RECORD.position, 8 + POSITION_BYTES);
    writePosition(this.buffer, position, this.recordAt + 8);
    this.endRecord(0);
  }

  addNote(txid: number, json: string): void {
    const text = Buffer.from(json, "utf8");
    this.begin(RECORD.note, 20 + padded(text.length));
    writeU64(this.buffer, txid, this.recordAt + 8);
    this.buffer.writeUInt32LE(text.length, this.recordAt + 16);
    text.copy(this.buffer, this.recordAt + 20);
    this.endRecord(0);
  }

  /** Says that the pages of an unfinished commit before this record belong to nothing. */
  addAbandon(): void {
    this.begin(RECORD.abandon, 8);
    this.endRecord(0);
  }

  private endRecord(flags: number): number {
    const bytes = this.end - this.recordAt;
    this.buffer[this.recordAt + 1] = flags;
    this.buffer.writeUInt32LE(bytes, this.recordAt + 4);
    this.records++;
    return bytes;
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    let size = this.buffer.length;
    while (this.end + bytes > size) size *= 2;
    this.resize(size);
  }

  private resize(size: number): void {
    const old = this.buffer;
    this.buffer = Buffer.from(new ArrayBuffer(size));
    old.copy(this.buffer, 0, 0, this.end);
    this.words = new Int32Array(this.buffer.buffer);
  }
}

const padded = (bytes: number) => (bytes + 3) & ~3;

/** Decodes the header of a commit's record that begins at `at`. */
export function readCommitHeader(source: Buffer, at: number): CommitHeader {
  const gapFromMs = readU64(source, at + 32);
  return {
    txid: readU64(source, at + 8),
    timeMs: readU64(source, at + 16),
    rawTimeMs: readU64(source, at + 24),
    gapFromMs: gapFromMs === 0 ? null : gapFromMs,
    flags: source[at + 1] ?? 0,
    sizeBefore: source.readUInt32LE(at + 40),
    sizeAfter: source.readUInt32LE(at + 44),
    pageCount: source.readUInt32LE(at + 48),
    position: readPosition(source, at + 56),
    recordTag: source.toString("hex", at + 76, at + 84),
  };
}

export function readWindow(source: Buffer, at: number): RestartWindow {
  const length = source.readUInt32LE(at + 28);
  return {
    position: readPosition(source, at + 8),
    keeper: source.toString("utf8", at + 32, at + 32 + length),
    confirmed: source[at + 1] === 1,
  };
}

/** A note's commit (the newest one when it was written) and its JSON text. */
export function readNote(source: Buffer, at: number): { txid: number; json: string } {
  const length = source.readUInt32LE(at + 16);
  return { txid: readU64(source, at + 8), json: source.toString("utf8", at + 20, at + 20 + length) };
}
