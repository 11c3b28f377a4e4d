import type { WalRecord } from "./wal-reader.ts";

/** What the records of a log say that an index needs to know. Layouts: PostgreSQL's `xact.h`, `heapam_xlog.h`, `message.h`. */
export const TRANSACTION = 1;
export const HEAP2 = 9;
export const HEAP = 10;
export const MESSAGE = 21;

/** Of `xl_info`, the upper four bits less the flag for what follows. */
const KIND = 0x70;
const COMMIT = 0x00;
const ABORT = 0x20;
const COMMIT_PREPARED = 0x30;
const ABORT_PREPARED = 0x40;
const HAS_INFO = 0x80;

const WITH_DATABASE = 1;
const WITH_SUBTRANSACTIONS = 2;
const WITH_RELATIONS = 4;

/** Microseconds between 1970 and 2000, which PostgreSQL counts from. */
const EPOCH_US = 946_684_800_000_000;

export type TransactionEnd = {
  isCommit: boolean;
  /** Unix microseconds by the server's clock. */
  timeUs: number;
  /** Its own number and those of its subtransactions. */
  xids: number[];
  /** The numbers of the files that went with it. */
  dropped: number[];
};

/** The end of a transaction, if this record is one. */
export function transactionEnd(record: WalRecord): TransactionEnd | null {
  if (record.rmgr !== TRANSACTION) return null;
  const kind = record.info & KIND;
  const isCommit = kind === COMMIT || kind === COMMIT_PREPARED;
  if (!isCommit && kind !== ABORT && kind !== ABORT_PREPARED) return null;
  const data = mainData(record.bytes);
  const timeUs = Number(data.readBigInt64LE(0)) + EPOCH_US;
  const end: TransactionEnd = { isCommit, timeUs, xids: record.xid === 0 ? [] : [record.xid], dropped: [] };
  if (!(record.info & HAS_INFO)) return end;
  const has = data.readUInt32LE(8);
  let at = 12;
  if (has & WITH_DATABASE) at += 8;
  if (has & WITH_SUBTRANSACTIONS) {
    const count = data.readInt32LE(at);
    for (let i = 0; i < count; i++) end.xids.push(data.readUInt32LE(at + 4 + i * 4));
    at += 4 + count * 4;
  }
  if (has & WITH_RELATIONS) {
    const count = data.readInt32LE(at);
    for (let i = 0; i < count; i++) end.dropped.push(data.readUInt32LE(at + 4 + i * 12 + 8));
  }
  return end;
}

/** The prefix of a transactional message; null: this is none. */
export function messagePrefix(record: WalRecord): string | null {
  if (record.rmgr !== MESSAGE) return null;
  const data = mainData(record.bytes);
  const isTransactional = data[4] === 1;
  const length = data.readUInt32LE(8);
  return isTransactional && length > 0 ? data.toString("utf8", 24, 24 + length - 1) : null;
}

/** The file that a record's first block belongs to; null: it has none. */
export function firstRelation(record: WalRecord): number | null {
  const { bytes } = record;
  if (bytes.length < 24 + 20 || bytes[24] !== 0) return null;
  const hasImage = ((bytes[25] as number) & 0x10) !== 0;
  let at = 28;
  if (hasImage) {
    const how = bytes[at + 4] as number;
    at += 5 + ((how & 0x1c) !== 0 && (how & 0x01) !== 0 ? 2 : 0);
  }
  return at + 12 <= bytes.length ? bytes.readUInt32LE(at + 8) : null;
}

/** How many rows a record of `HEAP2` inserts at once (`xl_heap_multi_insert`). */
export function insertedRows(record: WalRecord): number {
  const data = mainData(record.bytes);
  return data.length >= 4 ? data.readUInt16LE(2) : 0;
}

const ORIGIN_ID = 253;
const TOP_LEVEL_ID = 252;
const LONG_ID = 254;
const SHORT_ID = 255;

/** The data of a record that belongs to no block: always its end. */
function mainData(bytes: Buffer): Buffer {
  for (let at = 24; at < bytes.length; ) {
    const id = bytes[at];
    if (id === SHORT_ID) return bytes.subarray(bytes.length - (bytes[at + 1] as number));
    if (id === LONG_ID) return bytes.subarray(bytes.length - bytes.readUInt32LE(at + 1));
    if (id === ORIGIN_ID) at += 3;
    else if (id === TOP_LEVEL_ID) at += 5;
    else break;
  }
  return bytes.subarray(bytes.length);
}
