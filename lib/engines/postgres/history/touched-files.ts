import type { WalRecord } from "./wal-reader.ts";

/** Resource managers: the same numbers from PostgreSQL 15 to 18 (`rmgrlist.h`). */
const STORAGE = 2;
const DATABASES = 4;
const TABLESPACES = 5;
const MAPPED_CATALOGS = 7;
const STANDBY = 8;

const KIND = 0xf0;
const STORAGE_CREATES = 0x10;
const STORAGE_TRUNCATES = 0x20;
const RUNNING_TRANSACTIONS = 0x10;

const RECORD_HEADER = 24;
/** What stands before a record's data (`xlogrecord.h`): blocks have the numbers 0 to 32. */
const MOST_BLOCK_ID = 32;
const HAS_IMAGE = 0x10;
const SAME_FILE = 0x80;
const IMAGE_HAS_HOLE = 0x01;
const IMAGE_IS_COMPRESSED = 0x1c;
const SHORT_DATA = 255;
const LONG_DATA = 254;
const ORIGIN = 253;
const TOP_LEVEL = 252;

/** A file of a database, whichever tablespace it lies in: `<database>/<file>`, 0 for what all databases share. */
export type FileKey = string;

export const fileKey = (database: number | string, file: number | string): FileKey => `${database}/${file}`;

/**
 * The files whose contents a record changes. Null: it is about more than single files, such as a whole database.
 */
export function filesOf(record: WalRecord): FileKey[] | null {
  const { rmgr, info, bytes } = record;
  if (rmgr === DATABASES || rmgr === TABLESPACES || rmgr === MAPPED_CATALOGS) return null;
  const parts = partsOf(bytes);
  if (parts === null) return null;
  if (rmgr !== STORAGE) return parts.files;
  const { files, data } = parts;
  // `storage_xlog.h`: the file first, or behind the number of blocks that are left.
  const at = (info & KIND) === STORAGE_CREATES ? 0 : (info & KIND) === STORAGE_TRUNCATES ? 4 : -1;
  if (at < 0 || data === null || data.length < at + 12) return null;
  return [...files, fileKey(data.readUInt32LE(at + 4), data.readUInt32LE(at + 8))];
}

/** The transaction number from which on all that a transaction writes follows this record; null: it does not tell. */
export function firstLaterTransaction({ rmgr, info, bytes }: WalRecord): number | null {
  if (rmgr !== STANDBY || (info & KIND) !== RUNNING_TRANSACTIONS) return null;
  const data = partsOf(bytes)?.data ?? null;
  // `xl_running_xacts`: two counts, whether some were left out, then the next number.
  return data !== null && data.length >= 24 ? data.readUInt32LE(12) : null;
}

/** Whether a transaction number is older than another one: they come round after 2^32. */
export function isOlder(xid: number, than: number): boolean {
  return ((xid - than) | 0) < 0;
}

/** What a record's headers name; null: what stands there is of no form that is known. `data`: what belongs to no block, always its end. */
function partsOf(bytes: Buffer): { files: FileKey[]; data: Buffer | null } | null {
  const files: FileKey[] = [];
  let last: FileKey | null = null;
  let at = RECORD_HEADER;
  // Block data and main data lie behind all headers: what is left then is theirs.
  for (let dataBytes = 0; at < bytes.length - dataBytes; ) {
    const id = bytes[at] as number;
    if (id === SHORT_DATA) return { files, data: bytes.subarray(bytes.length - (bytes[at + 1] as number)) };
    if (id === LONG_DATA) return { files, data: bytes.subarray(bytes.length - bytes.readUInt32LE(at + 1)) };
    if (id === ORIGIN) at += 3;
    else if (id === TOP_LEVEL) at += 5;
    else if (id <= MOST_BLOCK_ID) {
      const flags = bytes[at + 1] as number;
      dataBytes += bytes.readUInt16LE(at + 2);
      at += 4;
      if (flags & HAS_IMAGE) {
        dataBytes += bytes.readUInt16LE(at);
        const how = bytes[at + 4] as number;
        at += 5 + ((how & IMAGE_IS_COMPRESSED) !== 0 && (how & IMAGE_HAS_HOLE) !== 0 ? 2 : 0);
      }
      if (!(flags & SAME_FILE)) {
        last = fileKey(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8));
        at += 12;
      }
      if (last === null) return null;
      files.push(last);
      at += 4;
    } else return null;
  }
  return { files, data: null };
}
