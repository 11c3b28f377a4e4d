import { crc32, zstdDecompressSync } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { COMMIT_ROW, CommitTable } from "./commit-table.ts";
import { readUpTo } from "./durable-file.ts";
import {
  BLOCK_TABLE_ROW,
  decodeBlockRow,
  decodeSegmentHeader,
  decodeTrailer,
  historyDamaged,
  SEGMENT_HEADER,
  type SegmentHeader,
  TRAILER,
  type Trailer,
} from "./format.ts";
import { unreadable } from "./open-segment.ts";
import type { Segment } from "./segment.ts";
import { SegmentIndex, type StoredNote } from "./segment-index.ts";

type Tables = { blocks: Buffer; commits: CommitTable; extras: SegmentIndex };

/** A sealed segment: immutable. Its header and trailer are verified on opening, tables and blocks when they are used. */
export class SealedSegment implements Segment {
  readonly file: string;
  readonly header: SegmentHeader;
  readonly trailer: Trailer;
  readonly sizeBytes: number;
  private tables: Tables | null = null;

  constructor(file: string) {
    this.file = file;
    const fd = disk.openSync(file, "r");
    try {
      const header = decodeSegmentHeader(readUpTo(fd, SEGMENT_HEADER, 0));
      if (typeof header !== "object" || header.kind !== "sealed") throw unreadable(file, header);
      this.header = header;
      this.sizeBytes = disk.fstatSync(fd).size;
      const trailer = decodeTrailer(readUpTo(fd, TRAILER, Math.max(0, this.sizeBytes - TRAILER)));
      if (!trailer) throw historyDamaged(file, "the file's end is missing or wrong", header.firstTxid, null);
      this.trailer = trailer;
    } finally {
      disk.closeSync(fd);
    }
    const { tablesOffset } = this.trailer;
    if (tablesOffset + this.tablesBytes + TRAILER !== this.sizeBytes) throw this.damage("the file has another size");
  }

  get commits(): number {
    return this.trailer.commits;
  }
  get chainAfter(): number {
    return this.trailer.chainAfter;
  }
  get flagsUnion(): number {
    return this.trailer.flagsUnion;
  }
  get watermarkMs(): number {
    return this.trailer.watermarkMs;
  }
  /** Bytes that its tables keep in memory now. */
  get tablesInMemory(): number {
    return this.tables ? this.tablesBytes : 0;
  }

  table(): CommitTable {
    return this.load().commits;
  }
  notes(): readonly StoredNote[] {
    return this.load().extras.notes;
  }
  /** Window, watermark and position as they stood at the segment's end. */
  extras(): SegmentIndex {
    return this.load().extras;
  }

  /** Lets go of the tables; the next use reads them again. */
  forgetTables(): void {
    this.tables = null;
  }

  readBlock(index: number): Buffer {
    if (index >= this.trailer.blocks) throw this.damage("a block is missing");
    const row = decodeBlockRow(this.load().blocks, index);
    const stored = this.read(row.storedBytes, row.offset);
    if (stored.length !== row.storedBytes || crc32(stored) !== row.crc) throw this.blockDamage(index);
    const raw = zstdDecompressSync(stored, { maxOutputLength: Math.max(row.rawBytes, 1) });
    if (raw.length !== row.rawBytes) throw this.blockDamage(index);
    return raw;
  }

  close(): void {
    this.tables = null;
  }

  /** A history can have more segments than a process may have files open: none is kept open. */
  private read(bytes: number, at: number): Buffer {
    let fd: number;
    try {
      fd = disk.openSync(this.file, "r");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") throw this.pruned();
      throw error;
    }
    try {
      return readUpTo(fd, bytes, at);
    } finally {
      disk.closeSync(fd);
    }
  }

  private pruned(): LastgoodError {
    return new LastgoodError("conflict", "This part of the history has just left the recovery window.", {
      hint: "Look at the window again and choose a moment within it.",
    });
  }

  private get tablesBytes(): number {
    const { blocks, commits, extrasBytes } = this.trailer;
    return blocks * BLOCK_TABLE_ROW + commits * COMMIT_ROW + extrasBytes;
  }

  private load(): Tables {
    if (this.tables) return this.tables;
    const { blocks, commits, tablesOffset, tablesCrc } = this.trailer;
    const raw = this.read(this.tablesBytes, tablesOffset);
    if (raw.length !== this.tablesBytes || crc32(raw) !== tablesCrc)
      throw this.damage("the commit table fails its checksum");
    const commitsAt = blocks * BLOCK_TABLE_ROW;
    const extrasAt = commitsAt + commits * COMMIT_ROW;
    const table = new CommitTable(this.header.firstTxid, raw.subarray(commitsAt, extrasAt));
    const extras = new SegmentIndex(this.header.firstTxid, table);
    for (let at = extrasAt; at < raw.length; at += raw.readUInt32LE(at + 4)) extras.takeOther(raw[at], raw, at);
    this.tables = { blocks: raw.subarray(0, commitsAt), commits: table, extras };
    return this.tables;
  }

  private damage(cause: string) {
    return historyDamaged(this.file, cause, this.header.firstTxid, this.header.firstTxid + this.trailer.commits - 1);
  }

  /** Names only the commits that the block holds. */
  private blockDamage(index: number) {
    const { blocks } = this.load();
    let before = 0;
    for (let i = 0; i < index; i++) before += decodeBlockRow(blocks, i).commits;
    const from = this.header.firstTxid + before;
    // A commit that ends in the next block may have begun in this one.
    const last = this.header.firstTxid + this.trailer.commits - 1;
    return historyDamaged(
      this.file,
      "a block fails its checksum",
      from,
      Math.min(last, from + decodeBlockRow(blocks, index).commits),
    );
  }
}
