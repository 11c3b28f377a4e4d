/**
 * The ends of transactions whose records begin in one segment, in the order of the log: 16 bytes each. Times never fall: the time of
 * a row is the latest of all up to it, which is what makes the commit in force at a time the last one that is not later.
 */
export const ROW_BYTES = 16;
const NO_COMMIT = 0x80000000;
/** A record whose own time is later is what proves that a time has passed; it need be nobody's commit. */
export type CommitRow = { timeUs: number; offset: number; isCommit: boolean; commitsUpTo: number };

export function writeRow(target: Buffer, at: number, row: CommitRow): void {
  target.writeDoubleLE(row.timeUs, at);
  target.writeUInt32LE((row.offset | (row.isCommit ? 0 : NO_COMMIT)) >>> 0, at + 8);
  target.writeUInt32LE(row.commitsUpTo, at + 12);
}

export function readRow(bytes: Buffer, at: number): CommitRow {
  const word = bytes.readUInt32LE(at + 8);
  return {
    timeUs: bytes.readDoubleLE(at),
    offset: (word & ~NO_COMMIT) >>> 0,
    isCommit: (word & NO_COMMIT) === 0,
    commitsUpTo: bytes.readUInt32LE(at + 12),
  };
}

/** The segment that is still being written: a header, then rows, which are only ever added. */
export type OpenHead = {
  timeline: number;
  segment: number;
  fromLsn: number;
  commitsBefore: number;
  /** As `SegmentSummary`, of what came before it. */
  timeBeforeUs: number;
  commitLsnBefore: number;
  /** Of the latest end of a transaction that was read. */
  lastTimeUs: number;
  /** The first position that was not read. */
  toLsn: number;
};

export const OPEN_HEAD_BYTES = 80;
const MAGIC = Buffer.from("LGOPENRW");

export function encodeOpenHead(head: OpenHead): Buffer {
  const bytes = Buffer.alloc(OPEN_HEAD_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(head.timeline, 12);
  const { segment, fromLsn, commitsBefore, timeBeforeUs, commitLsnBefore, lastTimeUs, toLsn } = head;
  [segment, fromLsn, commitsBefore, timeBeforeUs, commitLsnBefore, lastTimeUs, toLsn].forEach((value, i) => {
    bytes.writeDoubleLE(value, 16 + i * 8);
  });
  return bytes;
}

/** Null: this is none. */
export function decodeOpenHead(bytes: Buffer): OpenHead | null {
  if (bytes.length < OPEN_HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32LE(8) !== 1) return null;
  const double = (i: number) => bytes.readDoubleLE(16 + i * 8);
  return {
    timeline: bytes.readUInt32LE(12),
    segment: double(0),
    fromLsn: double(1),
    commitsBefore: double(2),
    timeBeforeUs: double(3),
    commitLsnBefore: double(4),
    lastTimeUs: double(5),
    toLsn: double(6),
  };
}
