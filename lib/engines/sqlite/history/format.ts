/**
 * Byte layout of a history's files; FORMAT.md holds the tables. All numbers are little-endian; 64-bit ones are below 2^53;
 * checksums are CRC-32 as in zlib.
 */
import { crc32 } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";

/** Of open segments and tables of checksums. */
export const FORMAT_VERSION = 1;
/** Of sealed segments that are written; those of version 1 are read too. */
export const SEALED_VERSION = 2;
export const SEGMENT_HEADER = 64;
export const BLOCK_HEADER = 40;
export const BLOCK_TABLE_ROW = 24;
export const CHECKSUMS_HEADER = 64;

const SEGMENT_MAGIC = Buffer.from("LASTGSEG", "latin1");
const CHECKSUMS_MAGIC = Buffer.from("LASTGCRC", "latin1");
const BLOCK_MAGIC = 0x4b_4c_42_47;

export type SegmentKind = "open" | "sealed";
const KIND_NUMBER = { open: 1, sealed: 2 } as const;

/** `chainBefore` is the chain value that the previous segment ended with. `historyId` is 16 bytes. */
export type SegmentHeader = {
  kind: SegmentKind;
  historyId: Buffer;
  firstTxid: number;
  pageSize: number;
  chainBefore: number;
};
export type StoredSegmentHeader = SegmentHeader & { version: 1 | 2 };
/** Header of one block of an open segment. `chain` is its own checksum, which the next block repeats. */
export type BlockHeader = {
  payloadBytes: number;
  /** Number of the first commit that ends in the block, or would. */
  firstTxid: number;
  commits: number;
  records: number;
  chainBefore: number;
  payloadCrc: number;
  chain: number;
};
/** `key`: of a block of records, the commits that end in it; of a block of pages, the number of its first page. */
export type BlockRow = { offset: number; storedBytes: number; rawBytes: number; crc: number; key: number };

const hex16 = (txid: number) => txid.toString(16).padStart(16, "0");
/** `segment-<number of its first commit, 16 hex digits>.open` or `.sealed` */
export const segmentName = (firstTxid: number, kind: SegmentKind): string => `segment-${hex16(firstTxid)}.${kind}`;
export const baseName = (txid: number): string => `base-${hex16(txid)}.db`;
export const baseChecksumsName = (txid: number): string => `base-${hex16(txid)}.crc`;
export const MIRROR_NAME = "mirror.db";
export const MIRROR_CHECKSUMS_NAME = "mirror.crc";

/** Takes a file name of a history apart; null for any other name. */
export function parseName(name: string): { what: "open" | "sealed" | "base"; txid: number } | null {
  const match = /^(segment|base)-([0-9a-f]{16})\.(open|sealed|db)$/.exec(name);
  if (!match) return null;
  const [, stem, digits = "", ending] = match;
  const txid = Number.parseInt(digits, 16);
  if (stem === "base") return ending === "db" ? { what: "base", txid } : null;
  return ending === "open" || ending === "sealed" ? { what: ending, txid } : null;
}

/** The one way to say that stored bytes are not what was written. `toTxid` null: up to the newest. */
export function historyDamaged(file: string, cause: string, fromTxid: number, toTxid: number | null): LastgoodError {
  const commits = toTxid === null ? `commits from ${fromTxid} on` : `commits ${fromTxid} to ${toTxid}`;
  return new LastgoodError("history_damaged", `The history is damaged: ${cause} in ${file}; ${commits} are affected.`, {
    file,
    cause,
    fromTxid,
    toTxid,
    hint: "Put this file back from a copy of the history directory, or choose a moment that does not need these commits.",
  });
}

export function readU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32;
}

export function writeU64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % 2 ** 32, at);
  buffer.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

const seal = (buffer: Buffer): Buffer => {
  const end = buffer.length - 4;
  buffer.writeUInt32LE(crc32(buffer.subarray(0, end)), end);
  return buffer;
};
const isIntact = (buffer: Buffer) =>
  buffer.readUInt32LE(buffer.length - 4) === crc32(buffer.subarray(0, buffer.length - 4));

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const raw = Buffer.alloc(SEGMENT_HEADER);
  SEGMENT_MAGIC.copy(raw, 0);
  raw.writeUInt32LE(header.kind === "sealed" ? SEALED_VERSION : FORMAT_VERSION, 8);
  raw.writeUInt32LE(KIND_NUMBER[header.kind], 12);
  header.historyId.copy(raw, 16);
  writeU64(raw, header.firstTxid, 32);
  raw.writeUInt32LE(header.pageSize, 40);
  raw.writeUInt32LE(header.chainBefore, 44);
  return seal(raw);
}

/** The header of a segment, or what is wrong with it. `short` is what a crash while creating an open one leaves. */
export function decodeSegmentHeader(raw: Buffer): StoredSegmentHeader | "short" | "damaged" | "other version" {
  if (raw.length < SEGMENT_HEADER) return "short";
  if (raw.every((byte) => byte === 0)) return "short";
  if (!isIntact(raw) || raw.compare(SEGMENT_MAGIC, 0, 8, 0, 8) !== 0) return "damaged";
  const kind = raw.readUInt32LE(12) === KIND_NUMBER.open ? "open" : "sealed";
  const version = raw.readUInt32LE(8);
  if (version !== 1 && (version !== SEALED_VERSION || kind !== "sealed")) return "other version";
  return {
    kind,
    version,
    historyId: Buffer.from(raw.subarray(16, 32)),
    firstTxid: readU64(raw, 32),
    pageSize: raw.readUInt32LE(40),
    chainBefore: raw.readUInt32LE(44),
  };
}

/** Writes a block's header over the first 40 bytes of `target`; returns the block's chain value. */
export function encodeBlockHeader(header: Omit<BlockHeader, "chain">, target: Buffer): number {
  target.writeUInt32LE(BLOCK_MAGIC, 0);
  target.writeUInt32LE(header.payloadBytes, 4);
  writeU64(target, header.firstTxid, 8);
  target.writeUInt32LE(header.commits, 16);
  target.writeUInt32LE(header.records, 20);
  target.writeUInt32LE(header.chainBefore, 24);
  target.writeUInt32LE(header.payloadCrc, 28);
  target.writeUInt32LE(0, 32);
  const chain = crc32(target.subarray(0, 36));
  target.writeUInt32LE(chain, 36);
  return chain;
}

/** A block's header, or null when these 40 bytes are none. */
export function decodeBlockHeader(raw: Buffer): BlockHeader | null {
  if (raw.readUInt32LE(0) !== BLOCK_MAGIC || !isIntact(raw)) return null;
  return {
    payloadBytes: raw.readUInt32LE(4),
    firstTxid: readU64(raw, 8),
    commits: raw.readUInt32LE(16),
    records: raw.readUInt32LE(20),
    chainBefore: raw.readUInt32LE(24),
    payloadCrc: raw.readUInt32LE(28),
    chain: raw.readUInt32LE(36),
  };
}

export function encodeBlockTable(rows: readonly BlockRow[]): Buffer {
  const raw = Buffer.alloc(rows.length * BLOCK_TABLE_ROW);
  rows.forEach((row, index) => {
    const at = index * BLOCK_TABLE_ROW;
    writeU64(raw, row.offset, at);
    raw.writeUInt32LE(row.storedBytes, at + 8);
    raw.writeUInt32LE(row.rawBytes, at + 12);
    raw.writeUInt32LE(row.crc, at + 16);
    raw.writeUInt32LE(row.key, at + 20);
  });
  return raw;
}

export function decodeBlockRow(table: Buffer, index: number): BlockRow {
  const at = index * BLOCK_TABLE_ROW;
  return {
    offset: readU64(table, at),
    storedBytes: table.readUInt32LE(at + 8),
    rawBytes: table.readUInt32LE(at + 12),
    crc: table.readUInt32LE(at + 16),
    key: table.readUInt32LE(at + 20),
  };
}

/** Header of a table of page checksums: of the base image with state `txid`, or of the mirror at it. */
export type ChecksumsHeader = {
  historyId: Buffer;
  txid: number;
  pageSize: number;
  pages: number;
  tableCrc: number;
  /** Of the mirror's: the chain behind the block that was newest then; 0 where that is not known. */
  chain: number;
};

export function encodeChecksumsHeader(header: ChecksumsHeader): Buffer {
  const raw = Buffer.alloc(CHECKSUMS_HEADER);
  CHECKSUMS_MAGIC.copy(raw, 0);
  raw.writeUInt32LE(FORMAT_VERSION, 8);
  header.historyId.copy(raw, 16);
  writeU64(raw, header.txid, 32);
  raw.writeUInt32LE(header.pageSize, 40);
  raw.writeUInt32LE(header.pages, 44);
  raw.writeUInt32LE(header.tableCrc, 48);
  raw.writeUInt32LE(header.chain, 52);
  return seal(raw);
}

export function decodeChecksumsHeader(raw: Buffer): ChecksumsHeader | null {
  if (raw.length !== CHECKSUMS_HEADER || !isIntact(raw) || raw.compare(CHECKSUMS_MAGIC, 0, 8, 0, 8) !== 0) return null;
  if (raw.readUInt32LE(8) !== FORMAT_VERSION) return null;
  return {
    historyId: Buffer.from(raw.subarray(16, 32)),
    txid: readU64(raw, 32),
    pageSize: raw.readUInt32LE(40),
    pages: raw.readUInt32LE(44),
    tableCrc: raw.readUInt32LE(48),
    chain: raw.readUInt32LE(52),
  };
}
