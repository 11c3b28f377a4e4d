import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo, writeFileDurably } from "../../../storage/durable-file.ts";
import { CHECKSUMS_HEADER, decodeChecksumsHeader, encodeChecksumsHeader } from "./format.ts";

/**
 * The CRC-32 of every page of one state of the database; page 1 is at index 0. `chain` stands behind the block that was the
 * history's newest when the mirror's were written: it tells an end that is missing; 0 where it is not known.
 */
export type PageChecksums = { historyId: Buffer; txid: number; pageSize: number; table: Uint32Array; chain: number };

const bytesOf = (table: Uint32Array) => Buffer.from(table.buffer, table.byteOffset, table.byteLength);

/** Writes the checksums of the state of commit `txid` to a file of their own, durably. */
export function writePageChecksums(file: string, checksums: Omit<PageChecksums, "chain">, chain = 0): void {
  const table = bytesOf(checksums.table);
  const header = encodeChecksumsHeader({
    historyId: checksums.historyId,
    txid: checksums.txid,
    pageSize: checksums.pageSize,
    pages: checksums.table.length,
    tableCrc: crc32(table),
    chain,
  });
  writeFileDurably(file, header, table);
}

/** Reads such a file; null when it is missing or not intact. */
export function readPageChecksums(file: string): PageChecksums | null {
  let fd: number;
  try {
    fd = disk.openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const header = decodeChecksumsHeader(readUpTo(fd, CHECKSUMS_HEADER, 0));
    if (!header) return null;
    const raw = readUpTo(fd, header.pages * 4, CHECKSUMS_HEADER);
    if (raw.length !== header.pages * 4 || crc32(raw) !== header.tableCrc) return null;
    return {
      historyId: header.historyId,
      txid: header.txid,
      pageSize: header.pageSize,
      chain: header.chain,
      table: new Uint32Array(raw.buffer, raw.byteOffset, header.pages),
    };
  } finally {
    disk.closeSync(fd);
  }
}
