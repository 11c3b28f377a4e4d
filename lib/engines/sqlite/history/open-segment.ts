import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import type { CommitTable } from "./commit-table.ts";
import {
  BLOCK_HEADER,
  type BlockHeader,
  decodeBlockHeader,
  decodeSegmentHeader,
  historyDamaged,
  SEGMENT_HEADER,
  type SegmentHeader,
} from "./format.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { Segment } from "./segment.ts";
import { SegmentIndex, type StoredNote } from "./segment-index.ts";
import { findStretches, type Stretches } from "./stretches.ts";

const BLOCK_MAGIC = Buffer.from("GBLK", "latin1");
const SECTOR = 512;
/** No record holds this many zero bytes in a row: such a run was never written. */
const UNWRITTEN_RUN = 64;
/** No block ends with this many: its last word is a note's text, a time, a tag and 4 zero bytes, or one of a delta's. */
const UNWRITTEN_END = 8;
/** Read between two pauses. */
const BYTES_AT_ONCE = 512 * 1024;

/**
 * An open segment as it lies on disk, followed while its writer appends. What lies behind the last whole block is either
 * still being written or torn by a crash; both count as not there. A block that is whole but wrong is damage.
 */
export class OpenSegment implements Segment {
  readonly file: string;
  readonly header: SegmentHeader;
  index: SegmentIndex;
  /** Behind the last whole block. */
  end = SEGMENT_HEADER;
  chainAfter: number;
  private readonly fd: number;
  private blocks: { at: number; bytes: number; crc: number; chain: number }[] = [];
  /** The first block that no later block proves to be on the disk: see `unprovenBlocks`. */
  private unproven = 0;
  private lastEndedCommits = false;

  /** A segment gets its name once its header is durable: a file without one is damaged. Throws `history_damaged`. */
  static open(file: string): OpenSegment {
    const fd = disk.openSync(file, "r");
    let segment: OpenSegment | null = null;
    try {
      const header = decodeSegmentHeader(readUpTo(fd, SEGMENT_HEADER, 0));
      if (typeof header !== "object" || header.kind !== "open") throw unreadable(file, header);
      segment = new OpenSegment(file, fd, header);
      return segment;
    } finally {
      if (!segment) disk.closeSync(fd);
    }
  }

  private constructor(file: string, fd: number, header: SegmentHeader) {
    this.file = file;
    this.fd = fd;
    this.header = header;
    this.index = new SegmentIndex(header.firstTxid);
    this.chainAfter = header.chainBefore;
  }

  get commits(): number {
    return this.index.table.length;
  }
  get flagsUnion(): number {
    return this.index.flagsUnion;
  }
  get watermarkMs(): number {
    return this.index.watermarkMs;
  }
  get memoryBytes(): number {
    return this.index.table.bytes + this.blocks.length * 64;
  }
  get rawBytes(): number {
    return this.index.rawBytes;
  }
  get sizeBytes(): number {
    return this.end;
  }
  /** Behind the last whole block: being written, or torn. */
  get tailBytes(): number {
    return Math.max(0, disk.fstatSync(this.fd).size - this.end);
  }
  get blockCount(): number {
    return this.blocks.length;
  }
  table(): CommitTable {
    return this.index.table;
  }
  notes(): readonly StoredNote[] {
    return this.index.notes;
  }
  stretches(): Stretches {
    return findStretches(this.index.table);
  }

  /**
   * Takes in the blocks that were appended since. What was taken in before may have been cut off, because it could not be
   * made durable, and others written in its place: then all is read anew. Throws `history_damaged`.
   */
  refresh(): void {
    const known = this.blocks.length;
    try {
      if (disk.fstatSync(this.fd).size >= this.end) {
        this.takeNew();
        return;
      }
    } catch (error) {
      if (known === 0 || !(error instanceof LastgoodError)) throw error;
    }
    this.index = new SegmentIndex(this.header.firstTxid);
    this.blocks = [];
    this.unproven = 0;
    this.lastEndedCommits = false;
    this.end = SEGMENT_HEADER;
    this.chainAfter = this.header.chainBefore;
    this.takeNew();
  }

  /** The first `refresh` of a large segment, with pauses in which others use this thread. Throws `history_damaged`. */
  async refreshInPieces(): Promise<void> {
    while (this.takeNew(this.end + BYTES_AT_ONCE)) await nextTurn();
  }

  /** Answers whether it stopped because it has come to `stopAt`. */
  private takeNew(stopAt = Number.POSITIVE_INFINITY): boolean {
    const size = disk.fstatSync(this.fd).size;
    let ahead: ReadAhead | null = new ReadAhead(this.fd, size);
    while (this.end < size) {
      if (this.end >= stopAt) return true;
      const read = (bytes: number, at: number) => ahead?.read(bytes, at) ?? readUpTo(this.fd, bytes, at);
      const header = this.end + BLOCK_HEADER <= size ? decodeBlockHeader(read(BLOCK_HEADER, this.end)) : null;
      const blockEnd = header ? this.end + BLOCK_HEADER + header.payloadBytes : size;
      const payload = header && blockEnd <= size ? payloadOf(header, read, this.end) : null;
      if (ahead && !payload) {
        // Only what stands there now is judged.
        ahead = null;
        continue;
      }
      if (blockEnd > size) return false;
      if (!header || !payload) {
        if (this.looksUnwritten(this.end, blockEnd) && !this.wentOn(this.end, size)) return false;
        throw this.damage(header ? "a block fails its checksum" : "a block's header is wrong");
      }
      if (header.chainBefore !== this.chainAfter) throw this.damage("a block does not follow the one before it");
      this.takeBlock(header, payload);
    }
    return false;
  }

  /** Whether a block of this segment, or what came before its first one, ended with this chain value. */
  hasChain(chain: number): boolean {
    return chain === this.header.chainBefore || this.blocks.some((block) => block.chain === chain);
  }

  readBlock(index: number): Buffer {
    const block = this.blocks[index];
    if (!block) throw this.damage("a block is missing");
    const payload = readUpTo(this.fd, block.bytes, block.at);
    if (payload.length !== block.bytes || crc32(payload) !== block.crc) throw this.damage("a block fails its checksum");
    return payload;
  }

  /**
   * The blocks, verified, whose sync nothing proves: the newest that ends commits and what belongs to it. A writer appends
   * behind a block that ends commits only after its sync has succeeded.
   */
  *unprovenBlocks(): Generator<{ at: number; bytes: Buffer }> {
    for (const { at, bytes, crc } of this.blocks.slice(this.unproven)) {
      const block = readUpTo(this.fd, BLOCK_HEADER + bytes, at - BLOCK_HEADER);
      const header = block.length === BLOCK_HEADER + bytes ? decodeBlockHeader(block.subarray(0, BLOCK_HEADER)) : null;
      const isWhole = header?.payloadCrc === crc && crc32(block.subarray(BLOCK_HEADER)) === crc;
      if (!isWhole) throw this.damage("a block fails its checksum");
      yield { at: at - BLOCK_HEADER, bytes: block };
    }
  }

  /** Whether the file under its name is another one by now, as after a damaged end was set aside. */
  get isReplaced(): boolean {
    return disk.fstatSync(this.fd).nlink === 0;
  }

  close(): void {
    disk.closeSync(this.fd);
  }

  private takeBlock(header: BlockHeader, payload: Buffer): void {
    const block = this.blocks.length;
    for (let at = 0; at < payload.length; ) at = this.index.take(payload, at, block);
    if (this.lastEndedCommits) this.unproven = block;
    this.lastEndedCommits = header.commits > 0;
    const { payloadCrc: crc, chain, payloadBytes: bytes } = header;
    this.blocks.push({ at: this.end + BLOCK_HEADER, bytes, crc, chain });
    this.end += BLOCK_HEADER + header.payloadBytes;
    this.chainAfter = header.chain;
  }

  /** Whether part of a sector in [from, to) was never written, as a crash leaves it; a flipped bit leaves no such run. */
  private looksUnwritten(from: number, to: number): boolean {
    const bytes = readUpTo(this.fd, Math.min(to - from, 64 * 1024 * 1024), from);
    if (bytes.length < BLOCK_HEADER) return true;
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + SECTOR - ((from + at) % SECTOR));
      // A block begins with its mark: zeroes there, however few to the sector's end, are none of a block's bytes.
      const atLeast = from + end === to ? UNWRITTEN_END : UNWRITTEN_RUN;
      const tells = at === 0 || end - at >= atLeast;
      if (tells && bytes.subarray(at, end).every((byte) => byte === 0)) return true;
      at = end;
    }
    return false;
  }

  /**
   * Whether there is a later block behind what looks unwritten, of commits that come after the next one: it was written
   * once this one was durable, so this one is damaged and not torn.
   */
  private wentOn(from: number, to: number): boolean {
    const bytes = readUpTo(this.fd, Math.min(to - from, 64 * 1024 * 1024), from);
    for (let at = bytes.indexOf(BLOCK_MAGIC, 1); at >= 0; at = bytes.indexOf(BLOCK_MAGIC, at + 1)) {
      if (at + BLOCK_HEADER > bytes.length) return false;
      const header = decodeBlockHeader(bytes.subarray(at, at + BLOCK_HEADER));
      if (header && header.firstTxid > this.index.table.lastTxid + 1) return true;
    }
    return false;
  }

  private damage(cause: string): LastgoodError {
    return historyDamaged(this.file, cause, this.index.table.lastTxid + 1, null);
  }
}

/** Null when it is not what its header says. */
function payloadOf(
  { payloadBytes, payloadCrc }: BlockHeader,
  read: (bytes: number, at: number) => Buffer,
  at: number,
): Buffer | null {
  const payload = read(payloadBytes, at + BLOCK_HEADER);
  return payload.length === payloadBytes && crc32(payload) === payloadCrc ? payload : null;
}

/** Why a segment with this header cannot be read. */
export function unreadable(file: string, header: SegmentHeader | "short" | "damaged" | "other version"): LastgoodError {
  if (header === "other version") {
    return new LastgoodError("history_damaged", `${file} was written by a newer version of Lastgood.`, {
      file,
      hint: "Run the version that wrote this history, or a newer one.",
    });
  }
  return historyDamaged(file, "the file's header is wrong", 0, null);
}
