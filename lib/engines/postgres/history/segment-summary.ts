import { crc32 } from "node:zlib";

/** One row of `segments`: a segment whose records have all been read. FORMAT.md has the bytes. */
export type SegmentSummary = {
  timeline: number;
  segment: number;
  /** The positions whose records it covers: from the first up to, and without, the second. */
  fromLsn: number;
  toLsn: number;
  /** Where the last record of it begins; -1: not known. */
  previousLsn: number;
  /** Commits of the incarnation's log before it, since that began. */
  commitsBefore: number;
  rows: number;
  commits: number;
  /** Unix microseconds, of its first row; what `lastTimeUs` was before where it has none. */
  firstTimeUs: number;
  /** Of the latest end of a transaction up to its end. */
  lastTimeUs: number;
  /** Where the newest commit up to its end begins; -1: there was none. */
  lastCommitLsn: number;
  /** By how much the clock went back within it, at most. */
  lagUs: number;
  /** Where something stood that is no record; -1: nowhere. */
  brokenLsn: number;
  /** CRC-32 of its file of rows. */
  rowsCrc: number;
  /** Of the received file, as its records were verified; null: not known. */
  sum: SegmentSum | null;
};

/** The CRC-32 of a segment's first bytes: all, or those before the record that left the rest of it empty. */
export type SegmentSum = { bytes: number; crc: number };

export const SUMMARY_BYTES = 128;

export function encodeSummary(one: SegmentSummary): Buffer {
  const bytes = Buffer.alloc(SUMMARY_BYTES);
  bytes.writeUInt32LE(one.timeline, 0);
  bytes.writeUInt32LE(one.rows, 4);
  bytes.writeUInt32LE(one.commits, 8);
  bytes.writeUInt32LE(one.rowsCrc, 12);
  const doubles = [
    one.segment,
    one.fromLsn,
    one.toLsn,
    one.previousLsn,
    one.commitsBefore,
    one.firstTimeUs,
    one.lastTimeUs,
    one.lastCommitLsn,
    one.lagUs,
    one.brokenLsn,
  ];
  doubles.forEach((value, i) => {
    bytes.writeDoubleLE(value, 16 + i * 8);
  });
  bytes.writeUInt32LE(one.sum?.bytes ?? 0, 96);
  bytes.writeUInt32LE(one.sum?.crc ?? 0, 100);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SUMMARY_BYTES - 4)), SUMMARY_BYTES - 4);
  return bytes;
}

/** The rows of a file up to the first that is not whole. */
export function decodeSummaries(file: Buffer): SegmentSummary[] {
  const found: SegmentSummary[] = [];
  for (let at = 0; at + SUMMARY_BYTES <= file.length; at += SUMMARY_BYTES) {
    const bytes = file.subarray(at, at + SUMMARY_BYTES);
    if (crc32(bytes.subarray(0, SUMMARY_BYTES - 4)) !== bytes.readUInt32LE(SUMMARY_BYTES - 4)) break;
    const double = (i: number) => bytes.readDoubleLE(16 + i * 8);
    found.push({
      timeline: bytes.readUInt32LE(0),
      rows: bytes.readUInt32LE(4),
      commits: bytes.readUInt32LE(8),
      rowsCrc: bytes.readUInt32LE(12),
      segment: double(0),
      fromLsn: double(1),
      toLsn: double(2),
      previousLsn: double(3),
      commitsBefore: double(4),
      firstTimeUs: double(5),
      lastTimeUs: double(6),
      lastCommitLsn: double(7),
      lagUs: double(8),
      brokenLsn: double(9),
      sum: sumIn(bytes),
    });
  }
  return found;
}

function sumIn(bytes: Buffer): SegmentSum | null {
  const summed = bytes.readUInt32LE(96);
  return summed === 0 ? null : { bytes: summed, crc: bytes.readUInt32LE(100) };
}

/** One row of `archive`: a segment that lies compressed in the archive. */
export type ArchivedSegment = {
  timeline: number;
  segment: number;
  /** Of the file as it lies there. */
  storedBytes: number;
  /** Of what was received. */
  sizeBytes: number;
  /** Of what was received, 32 bytes. */
  sha256: Buffer;
};

export const ARCHIVED_BYTES = 64;

export function encodeArchived(one: ArchivedSegment): Buffer {
  const bytes = Buffer.alloc(ARCHIVED_BYTES);
  bytes.writeUInt32LE(one.timeline, 0);
  bytes.writeUInt32LE(one.storedBytes, 4);
  bytes.writeDoubleLE(one.segment, 8);
  one.sha256.copy(bytes, 16);
  bytes.writeDoubleLE(one.sizeBytes, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, ARCHIVED_BYTES - 4)), ARCHIVED_BYTES - 4);
  return bytes;
}

/** The rows of a file up to the first that is not whole. */
export function decodeArchived(file: Buffer): ArchivedSegment[] {
  const found: ArchivedSegment[] = [];
  for (let at = 0; at + ARCHIVED_BYTES <= file.length; at += ARCHIVED_BYTES) {
    const bytes = file.subarray(at, at + ARCHIVED_BYTES);
    if (crc32(bytes.subarray(0, ARCHIVED_BYTES - 4)) !== bytes.readUInt32LE(ARCHIVED_BYTES - 4)) break;
    found.push({
      timeline: bytes.readUInt32LE(0),
      storedBytes: bytes.readUInt32LE(4),
      segment: bytes.readDoubleLE(8),
      sha256: Buffer.from(bytes.subarray(16, 48)),
      sizeBytes: bytes.readDoubleLE(48),
    });
  }
  return found;
}
