import path from "node:path";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { readUpTo, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "../history/format.ts";
import type { HistoryWriter } from "../history/history-writer.ts";
import { writePageChecksums } from "../history/page-checksums.ts";
import { alignedBuffer, wordsOf } from "../wal/wal-layout.ts";
import { MirrorDamaged } from "./capture-problem.ts";

/** One page in memory: what it is after the newest commit that was gathered. */
type Slot = { page: number; bytes: Buffer<ArrayBuffer>; words: Int32Array<ArrayBuffer>; crc: number; isDirty: boolean };

const CACHE_BYTES = 8 * 1024 * 1024;

/**
 * The database as the newest commit left it: a file, the checksum of each page, and the pages used last in memory. Changes
 * are gathered with the writer's batch and reach the file by `writeOut`, once the batch is durable.
 */
export class Mirror {
  readonly pageSize: number;
  /** CRC-32 of a page that does not exist. */
  readonly zeroCrc: number;
  private readonly fd: number;
  private readonly directory: string;
  private checksums: Uint32Array<ArrayBuffer>;
  private size: number;
  /** Pages of the file behind this one count as zero: a gathered commit has cut them off. */
  private fileValid: number;
  private readonly slots = new Map<number, Slot>();
  private dirty: Slot[] = [];
  private readonly spare: Slot[] = [];
  private readonly zero: Int32Array<ArrayBuffer>;
  private readonly maxSlots: number;

  /** @param table the checksums of all pages, page 1 first */
  constructor(directory: string, pageSize: number, table: Uint32Array) {
    this.directory = directory;
    this.pageSize = pageSize;
    this.fd = disk.openSync(path.join(directory, MIRROR_NAME), "r+");
    this.size = table.length;
    this.fileValid = table.length;
    this.checksums = Uint32Array.from(table);
    this.zero = new Int32Array(pageSize / 4);
    this.zeroCrc = crc32(Buffer.alloc(pageSize));
    this.maxSlots = Math.max(64, Math.floor(CACHE_BYTES / pageSize));
  }

  /** Pages of the database after the newest commit that was gathered. */
  get sizePages(): number {
    return this.size;
  }

  checksumOf(page: number): number {
    return page <= this.size ? (this.checksums[page - 1] ?? this.zeroCrc) : this.zeroCrc;
  }

  /** Whether a page equals the one given, apart from the words of `except`. */
  equals(page: number, words: Int32Array, at: number, except: readonly number[]): boolean {
    const own = this.slot(page).words;
    for (let i = 0; i < own.length; i++) if (own[i] !== words[at + i] && !except.includes(i)) return false;
    return true;
  }

  /** Adds one page's step to the writer's commit; its new content is in `bytes` (and `words`) from `at` bytes on. */
  capture(writer: HistoryWriter, page: number, bytes: Buffer, words: Int32Array, at: number): void {
    const slot = this.slot(page);
    const crcAfter = crc32(bytes.subarray(at, at + this.pageSize));
    writer.addPage(page, slot.crc, crcAfter, slot.words, 0, words, at >> 2);
    slot.words.set(words.subarray(at >> 2, (at + this.pageSize) >> 2));
    slot.crc = crcAfter;
    if (!slot.isDirty) this.dirty.push(slot);
    slot.isDirty = true;
    this.checksums[page - 1] = crcAfter;
  }

  /**
   * The same without keeping the page in memory: for commits of any size. The caller writes the page with `writePage` once
   * the commit is durable.
   */
  captureUncached(writer: HistoryWriter, page: number, crcAfter: number, words: Int32Array, at: number): void {
    const before = this.read(page);
    writer.addPage(page, before.crc, crcAfter, before.words, 0, words, at);
    this.dropSlot(page);
    this.checksums[page - 1] = crcAfter;
  }

  /** Makes room for a larger database; new pages are zero until they are captured. */
  growTo(size: number): void {
    if (size <= this.size) return;
    if (size > this.checksums.length) {
      const grown = new Uint32Array(Math.max(size, this.checksums.length * 2));
      grown.set(this.checksums);
      this.checksums = grown;
    }
    this.checksums.fill(this.zeroCrc, this.size, size);
    this.size = size;
  }

  /** The steps of a shrinking commit: what the dropped pages held goes into the record, so that the way back works. */
  shrinkTo(writer: HistoryWriter, size: number, afterEach: () => void): void {
    for (let page = size + 1; page <= this.size; page++) {
      const before = this.read(page);
      writer.addPage(page, before.crc, this.zeroCrc, before.words, 0, this.zero, 0);
      this.dropSlot(page);
      afterEach();
    }
    this.size = Math.min(this.size, size);
    this.fileValid = Math.min(this.fileValid, size);
  }

  /** Writes what is gathered to the file. Only after the writer's flush. */
  writeOut(): void {
    this.writeSize();
    reachPoint("mirror.sized");
    for (const slot of this.dirty) {
      if (slot.page <= this.size && this.slots.get(slot.page) === slot) {
        writeWhole(this.fd, slot.bytes, (slot.page - 1) * this.pageSize);
        reachPoint("mirror.page-written");
      }
      slot.isDirty = false;
    }
    this.dirty = [];
    reachPoint("mirror.written");
    if (this.slots.size > this.maxSlots) this.forgetPages();
  }

  /** Brings the file to the database's size; what a commit cut off becomes zero. */
  writeSize(): void {
    if (this.fileValid < this.size) disk.ftruncateSync(this.fd, this.fileValid * this.pageSize);
    reachPoint("mirror.cut");
    disk.ftruncateSync(this.fd, this.size * this.pageSize);
    this.fileValid = this.size;
  }

  /** Writes one page of a commit that is durable. */
  writePage(page: number, bytes: Uint8Array): void {
    writeWhole(this.fd, bytes, (page - 1) * this.pageSize);
  }

  /** Lets go of the pages in memory; none of them may be unwritten. */
  forgetPages(): void {
    assert(this.dirty.length === 0, "only written pages are forgotten");
    for (const slot of this.slots.values()) if (this.spare.length < this.maxSlots / 4) this.spare.push(slot);
    this.slots.clear();
  }

  /** Frees all memory that a busy time has left. */
  rest(): void {
    this.forgetPages();
    this.spare.length = 0;
  }

  /**
   * Writes down the checksums of all pages as of the newest commit, once the file itself is durable: a start needs to look
   * only at what came later, and knows how far the history had gone. The caller has just written everything out.
   */
  async writeChecksums({ historyId, newest, chain }: HistoryWriter): Promise<void> {
    const table = this.checksums.slice(0, this.size);
    await disk.fdatasync(this.fd);
    reachPoint("mirror.synced");
    const file = path.join(this.directory, MIRROR_CHECKSUMS_NAME);
    writePageChecksums(file, { historyId, txid: newest.txid, pageSize: this.pageSize, table }, chain);
    reachPoint("mirror.checksums-written");
  }

  close(): void {
    disk.closeSync(this.fd);
  }

  /** A page as it was before, verified; from memory when it is there, otherwise not kept. */
  private read(page: number): { words: Int32Array; crc: number } {
    const known = this.slots.get(page);
    if (known) return known;
    if (page > this.fileValid) return { words: this.zero, crc: this.zeroCrc };
    const bytes = readUpTo(this.fd, this.pageSize, (page - 1) * this.pageSize);
    const crc = this.verify(page, bytes);
    return { words: wordsOf(bytes), crc };
  }

  private slot(page: number): Slot {
    const known = this.slots.get(page);
    if (known) return known;
    const slot = this.spare.pop() ?? newSlot(this.pageSize);
    slot.page = page;
    slot.isDirty = false;
    if (page > this.fileValid) {
      slot.bytes.fill(0);
      slot.crc = this.zeroCrc;
    } else {
      const got = disk.readSync(this.fd, slot.bytes, 0, this.pageSize, (page - 1) * this.pageSize);
      slot.crc = this.verify(page, slot.bytes.subarray(0, got));
    }
    this.slots.set(page, slot);
    return slot;
  }

  private verify(page: number, bytes: Buffer): number {
    const crc = this.checksumOf(page);
    if (bytes.length !== this.pageSize || crc32(bytes) !== crc) throw new MirrorDamaged(`page ${page} of the mirror`);
    return crc;
  }

  private dropSlot(page: number): void {
    // Its memory is not used again before `writeOut`: it may stand among the dirty ones.
    this.slots.delete(page);
  }
}

function newSlot(pageSize: number): Slot {
  const bytes = alignedBuffer(pageSize);
  return { page: 0, bytes, words: wordsOf(bytes), crc: 0, isDirty: false };
}
