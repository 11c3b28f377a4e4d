/**
 * SQLite's log (`-wal`) and the headers of its index (`-shm`), as https://www.sqlite.org/fileformat2.html#walformat and
 * https://www.sqlite.org/walformat.html describe them.
 *
 *   log header, 32 bytes, big-endian
 *     0 magic 377f0682 (little-endian checksums) or 377f0683   4 format 3007000   8 page size   12 checkpoint sequence
 *     16 salt 1   20 salt 2   24, 28 checksum of bytes 0 to 23
 *   frame header, 24 bytes, big-endian, before each page
 *     0 page number   4 pages of the database after the commit, 0 unless the frame ends one   8 salt 1   12 salt 2
 *     16, 20 running checksum over bytes 0 to 7 of each frame header and its page
 *   index header, two copies of 48 bytes in native order, at 0 and 48; then the checkpoint's counters at 96
 *     0 format 3007000   8 change counter   12 initialised   13 big-endian checksums   14 page size   16 last valid frame
 *     20 pages of the database   24, 28 running checksum of that frame   32, 36 salts as in the log   40, 44 checksum of 0 to 39
 *
 * Only little-endian logs are read, and only little-endian machines are supported. Checksums are signed 32-bit numbers
 * everywhere; salts are unsigned.
 */

import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";

export const WAL_HEADER = 32;
export const FRAME_HEADER = 24;
/** One copy of the index header; copy 2 lies directly behind copy 1. */
export const INDEX_HEADER = 48;
/** The read marks' lock bytes in the `-shm` begin here: write, checkpoint, recover, then five read locks. */
export const INDEX_LOCKS = 120;

const WAL_MAGIC = 0x377f0682;
const FORMAT_VERSION = 3007000;

/** The two running sums, changed in place by `addChecksum`. */
export type Checksum = Int32Array;

export type WalHeader = { pageSize: number; checkpointSequence: number; salt1: number; salt2: number; sums: Checksum };

export type FrameHeader = {
  page: number;
  /** Pages of the database after the commit that this frame ends; 0 within a commit. */
  sizeAfter: number;
  salt1: number;
  salt2: number;
  sum1: number;
  sum2: number;
};

export type IndexHeader = {
  /** The 48 bytes as published. */
  raw: Buffer;
  pageSize: number;
  /** Last valid frame of the log, 0 when it is empty ("mxFrame"). */
  frames: number;
  /** Pages of the database. */
  pages: number;
  sum1: number;
  sum2: number;
  salt1: number;
  salt2: number;
  /** Frames that a checkpoint has copied into the database ("nBackfill"). */
  backfilled: number;
};

/**
 * SQLite's cumulative checksum over the 32-bit words [from, to), an even count; `sums` is updated in place.
 * https://www.sqlite.org/fileformat2.html#checksum_algorithm
 */
export function addChecksum(words: Int32Array, from: number, to: number, sums: Checksum): void {
  let a = sums[0] ?? 0;
  let b = sums[1] ?? 0;
  for (let i = from; i < to; i += 2) {
    a = (a + (words[i] as number) + b) | 0;
    b = (b + (words[i + 1] as number) + a) | 0;
  }
  sums[0] = a;
  sums[1] = b;
}

/** A zeroed Buffer over memory of its own, so that 32-bit views of it are aligned. */
export function alignedBuffer(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(bytes));
}

/** The 32-bit words of a buffer that `alignedBuffer` made. */
export function wordsOf(buffer: Buffer<ArrayBuffer>): Int32Array<ArrayBuffer> {
  assert(buffer.byteOffset % 4 === 0, "words are read from aligned memory");
  return new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
}

/** Bytes of one frame: its header and its page. */
export function frameBytes(pageSize: number): number {
  return FRAME_HEADER + pageSize;
}

/** Where a frame begins in the log; frames count from 1. `frameOffset(n + 1)` is the end of frame n. */
export function frameOffset(frame: number, pageSize: number): number {
  return WAL_HEADER + (frame - 1) * frameBytes(pageSize);
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65536 && (size & (size - 1)) === 0;
}

function readWhole(fd: number, bytes: number, offset: number): Buffer<ArrayBuffer> | null {
  const buffer = alignedBuffer(bytes);
  return disk.readSync(fd, buffer, 0, bytes, offset) === bytes ? buffer : null;
}

/** The header of the log, or null when it is short, of another format or byte order, or fails its checksum. */
export function readWalHeader(walFd: number): WalHeader | null {
  const raw = readWhole(walFd, WAL_HEADER, 0);
  return raw && decodeWalHeader(raw);
}

/** The same from 32 bytes that `alignedBuffer` holds. */
export function decodeWalHeader(raw: Buffer<ArrayBuffer>): WalHeader | null {
  if (raw.readUInt32BE(0) !== WAL_MAGIC || raw.readUInt32BE(4) !== FORMAT_VERSION) return null;
  const sums = new Int32Array(2);
  addChecksum(wordsOf(raw), 0, 6, sums);
  if (sums[0] !== raw.readInt32BE(24) || sums[1] !== raw.readInt32BE(28)) return null;
  const pageSize = raw.readUInt32BE(8);
  if (!isPageSize(pageSize)) return null;
  return {
    pageSize,
    checkpointSequence: raw.readUInt32BE(12),
    salt1: raw.readUInt32BE(16),
    salt2: raw.readUInt32BE(20),
    sums,
  };
}

/** The 24 bytes before a page in the log, or null beyond the end of the file. */
export function readFrameHeader(walFd: number, frame: number, pageSize: number): FrameHeader | null {
  const raw = readWhole(walFd, FRAME_HEADER, frameOffset(frame, pageSize));
  return raw && decodeFrameHeader(raw, 0);
}

/** The frame header at an offset of a buffer. */
export function decodeFrameHeader(raw: Buffer, at: number): FrameHeader {
  return {
    page: raw.readUInt32BE(at),
    sizeAfter: raw.readUInt32BE(at + 4),
    salt1: raw.readUInt32BE(at + 8),
    salt2: raw.readUInt32BE(at + 12),
    sum1: raw.readInt32BE(at + 16),
    sum2: raw.readInt32BE(at + 20),
  };
}

/**
 * The published index header, or null while it is being changed (the copies differ), when it is not valid, and when there
 * has been no frame since the index was made: then it names no page size yet, and a wake gives it one.
 */
export function readIndexHeader(shmFd: number): IndexHeader | null {
  const raw = readWhole(shmFd, 2 * INDEX_HEADER + 8, 0);
  return raw && decodeIndexHeader(raw);
}

/** The same from the first 104 bytes of the `-shm`, which `alignedBuffer` holds. */
export function decodeIndexHeader(raw: Buffer<ArrayBuffer>): IndexHeader | null {
  if (raw.compare(raw, INDEX_HEADER, 2 * INDEX_HEADER, 0, INDEX_HEADER) !== 0) return null;
  const sums = new Int32Array(2);
  addChecksum(wordsOf(raw), 0, 10, sums);
  if (sums[0] !== raw.readInt32LE(40) || sums[1] !== raw.readInt32LE(44)) return null;
  const version = raw.readUInt32LE(0);
  const initialised = raw[12] === 1;
  const bigEndian = raw[13] !== 0;
  if (version !== FORMAT_VERSION || !initialised || bigEndian) return null;
  // 65536 does not fit into 16 bits and is written as 1.
  const size = raw.readUInt16LE(14);
  const pageSize = (size & 0xfe00) | ((size & 1) << 16);
  if (!isPageSize(pageSize)) return null;
  return {
    raw: Buffer.from(raw.subarray(0, INDEX_HEADER)),
    pageSize,
    frames: raw.readUInt32LE(16),
    pages: raw.readUInt32LE(20),
    sum1: raw.readInt32LE(24),
    sum2: raw.readInt32LE(28),
    salt1: raw.readUInt32BE(32),
    salt2: raw.readUInt32BE(36),
    backfilled: raw.readUInt32LE(2 * INDEX_HEADER),
  };
}

/** The header (48 bytes) that publishes one more commit: the old one, its change counter raised, with the log's new end. */
export function encodeNextHeader(
  old: IndexHeader,
  next: { frames: number; pages: number; sums: Checksum },
): Buffer<ArrayBuffer> {
  assert(next.frames > old.frames && next.pages > 0, "a commit lengthens the log and leaves a database");
  const raw = alignedBuffer(INDEX_HEADER);
  old.raw.copy(raw);
  raw.writeUInt32LE((old.raw.readUInt32LE(8) + 1) >>> 0, 8);
  raw.writeUInt32LE(next.frames, 16);
  raw.writeUInt32LE(next.pages, 20);
  raw.writeInt32LE(next.sums[0] ?? 0, 24);
  raw.writeInt32LE(next.sums[1] ?? 0, 28);
  const own = new Int32Array(2);
  addChecksum(wordsOf(raw), 0, 10, own);
  raw.writeInt32LE(own[0] ?? 0, 40);
  raw.writeInt32LE(own[1] ?? 0, 44);
  return raw;
}
