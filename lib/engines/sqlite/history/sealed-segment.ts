import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import type { CommitRows } from "./commit-row.ts";
import {
  BLOCK_TABLE_ROW,
  decodeBlockRow,
  decodeSegmentHeader,
  historyDamaged,
  SEGMENT_HEADER,
  type StoredSegmentHeader,
} from "./format.ts";
import { unreadable } from "./open-segment.ts";
import { PAGE_ROW } from "./page-table.ts";
import type { PageDelta } from "./records.ts";
import { type DamagedPart, findDamagedParts } from "./sealed-damage.ts";
import { SealedFile } from "./sealed-file.ts";
import { SealedRows } from "./sealed-rows.ts";
import { chunksOf, type SealedTables, TablesOne, TablesTwo } from "./sealed-tables.ts";
import { decodeTrailer, type Trailer, trailerBytes } from "./sealed-trailer.ts";
import { decodePages, type Segment } from "./segment.ts";
import { SegmentIndex, type StoredNote } from "./segment-index.ts";
import { decodeStretches, findStretches, type Stretches } from "./stretches.ts";
import { tableCache } from "./table-cache.ts";

/** One page in a sealed segment: what it was before its first step there and after its last, and the commits of both. */
export type TouchedPage = { page: number; crcBefore: number; crcAfter: number; firstTxid: number; lastTxid: number };

/**
 * A sealed segment: immutable. Its header and trailer are verified on opening; of tables and blocks only what is used is
 * read, verified each time. No file is kept open.
 */
export class SealedSegment implements Segment {
  readonly file: string;
  readonly header: StoredSegmentHeader;
  readonly trailer: Trailer;
  readonly sizeBytes: number;
  readonly #source: SealedFile;
  readonly #tables: SealedTables;
  readonly #rows: SealedRows;
  #stretches: Stretches | null = null;
  #soundSteps: boolean | null = null;

  constructor(file: string) {
    this.file = file;
    const fd = disk.openSync(file, "r");
    try {
      const header = decodeSegmentHeader(readUpTo(fd, SEGMENT_HEADER, 0));
      if (typeof header !== "object" || header.kind !== "sealed") throw unreadable(file, header);
      this.header = header;
      this.sizeBytes = disk.fstatSync(fd).size;
      const bytes = trailerBytes(header.version);
      const trailer = decodeTrailer(readUpTo(fd, bytes, Math.max(0, this.sizeBytes - bytes)), header.version);
      if (!trailer) throw historyDamaged(file, "the file's end is missing or wrong", header.firstTxid, null);
      this.trailer = trailer;
    } finally {
      disk.closeSync(fd);
    }
    const { trailer, header } = this;
    this.#source = new SealedFile(file);
    const owner = { file: this.#source, firstTxid: header.firstTxid };
    this.#tables = trailer.version === 1 ? new TablesOne(owner, trailer) : new TablesTwo(owner, trailer);
    this.#rows = new SealedRows(header.firstTxid, trailer.commits, this.#tables);
    const last = trailer.version === 1 ? trailer.tables : trailer.sections.extras;
    if (last.offset + last.bytes + trailerBytes(header.version) !== this.sizeBytes) {
      throw this.damage("the file has another size");
    }
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
  get rawBytes(): number {
    return this.trailer.rawBytes;
  }
  /** Whether all its steps are stored as one. */
  get isCombined(): boolean {
    return this.trailer.combinedBytes !== null;
  }

  /** Blocks of records. */
  get blockCount(): number {
    return this.#tables.blockTable().length / BLOCK_TABLE_ROW;
  }

  table(): CommitRows {
    return this.#rows;
  }

  notes(): readonly StoredNote[] {
    return this.trailer.notes === 0 ? [] : this.extras().notes;
  }

  /** Window, watermark and position as they stood at the segment's end. */
  extras(): SegmentIndex {
    const raw = this.#tables.extras();
    const extras = new SegmentIndex(this.header.firstTxid);
    for (let at = 0; at < raw.length; at += raw.readUInt32LE(at + 4)) {
      assert(raw.readUInt32LE(at + 4) >= 8, "records follow each other");
      extras.takeOther(raw[at], raw, at);
    }
    return extras;
  }

  stretches(): Stretches {
    if (this.#stretches) return this.#stretches;
    this.#stretches = this.#storedStretches() ?? findStretches(this.#rows);
    return this.#stretches;
  }

  /** Null where there is no table of them, or a damaged one: the rows say the same. */
  #storedStretches(): Stretches | null {
    if (this.trailer.version === 1) return null;
    try {
      return decodeStretches(this.#tables.further("stretches"));
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "history_damaged") return null;
      throw error;
    }
  }

  readBlock(index: number): Buffer {
    const table = this.#tables.blockTable();
    if (index >= table.length / BLOCK_TABLE_ROW) throw this.damage("a block is missing");
    const raw = this.#source.readBlock(decodeBlockRow(table, index));
    if (!raw) throw this.#blockDamage(table, index);
    return raw;
  }

  /** The pages touched in it, ascending; null: it has no table of them, as before version 2. */
  touched(): Generator<TouchedPage> | null {
    return this.trailer.touchedPages === null ? null : this.#touched();
  }

  /** All steps of each page composed into one, ascending by page, in blocks. Only where `isCombined`. */
  *combined(): Generator<PageDelta[]> {
    for (const block of this.#blocks("combined", "composed steps")) {
      const pages: PageDelta[] = [];
      decodePages(block, 0, block.length, pages);
      yield pages;
    }
  }

  /** The rows of `touched` as they are stored, one behind the other; null: it has none. */
  pageRows(): Buffer | null {
    return this.trailer.touchedPages === null ? null : Buffer.concat([...this.#blocks("pages", "the page table")]);
  }

  /** The blocks of `combined`, to be read one by one: how many, and the first page of each. Only where `isCombined`. */
  composedBlocks(): { count: number; firstPage(index: number): number } {
    const table = this.#tables.further("combined");
    return { count: table.length / BLOCK_TABLE_ROW, firstPage: (index) => decodeBlockRow(table, index).key };
  }

  /** One of them: pages as records hold them. */
  composedBlock(index: number): Buffer {
    const raw = this.#source.readBlock(decodeBlockRow(this.#tables.further("combined"), index));
    if (!raw) throw this.damage("a block of composed steps fails its checksum");
    return raw;
  }

  /** Whether all its steps are stored as one, and none of that is damaged. */
  hasSoundSteps(): boolean {
    if (!this.isCombined) return false;
    this.#soundSteps ??= this.#areStepsSound();
    return this.#soundSteps;
  }

  #areStepsSound(): boolean {
    try {
      this.cookieXors();
      const table = this.#tables.further("combined");
      for (let index = 0; index < table.length / BLOCK_TABLE_ROW; index++) {
        const { storedBytes, offset, crc } = decodeBlockRow(table, index);
        if (!this.#source.readChecked(storedBytes, offset, crc)) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "history_damaged") return false;
      throw error;
    }
  }

  /** Every schema cookie of the segment as XOR with the one before it, big-endian. Only where `isCombined`. */
  cookieXors(): number[] {
    const raw = this.#tables.further("cookies");
    return Array.from({ length: raw.length / 4 }, (_, i) => raw.readUInt32LE(i * 4));
  }

  /**
   * Reads every byte behind its header and names each part that is not what was written. `commits`: those that cannot be read
   * because of it; null for a part that only saves time.
   */
  damagedParts(): Generator<DamagedPart> {
    return findDamagedParts(this, this.#tables, this.#source);
  }

  /** Reads everything in it but the records. Throws `history_damaged`. */
  verifyTables(): void {
    this.#tables.blockTable();
    this.extras();
    this.#tables.further("stretches");
    this.cookieXors();
    const chunks = chunksOf(this.#tables.chunkTable());
    for (let chunk = 0; chunk < chunks; chunk++) this.#tables.chunk(chunk);
    for (const _ of this.touched() ?? []);
    for (const _ of this.#blocks("combined", "composed steps"));
  }

  close(): void {
    tableCache.forget(this.#source.key);
  }

  *#touched(): Generator<TouchedPage> {
    const { firstTxid } = this.header;
    for (const rows of this.#blocks("pages", "the page table")) {
      for (let at = 0; at < rows.length; at += PAGE_ROW) {
        yield {
          page: rows.readUInt32LE(at),
          crcBefore: rows.readUInt32LE(at + 4),
          crcAfter: rows.readUInt32LE(at + 8),
          firstTxid: firstTxid + rows.readUInt32LE(at + 12),
          lastTxid: firstTxid + rows.readUInt32LE(at + 16),
        };
      }
    }
  }

  *#blocks(name: "pages" | "combined", what: string): Generator<Buffer> {
    const table = this.#tables.further(name);
    for (let index = 0; index < table.length / BLOCK_TABLE_ROW; index++) {
      const raw = this.#source.readBlock(decodeBlockRow(table, index));
      if (!raw) throw this.damage(`a block of ${what} fails its checksum`);
      yield raw;
    }
  }

  private damage(cause: string): LastgoodError {
    return historyDamaged(this.file, cause, this.header.firstTxid, this.header.firstTxid + this.trailer.commits - 1);
  }

  /** Names only the commits that the block holds. */
  #blockDamage(table: Buffer, index: number): LastgoodError {
    let before = 0;
    for (let i = 0; i < index; i++) before += decodeBlockRow(table, i).key;
    const from = this.header.firstTxid + before;
    // A commit that ends in the next block may have begun in this one.
    const last = this.header.firstTxid + this.trailer.commits - 1;
    const to = Math.min(last, from + decodeBlockRow(table, index).key);
    return historyDamaged(this.file, "a block fails its checksum", from, to);
  }
}
