import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { baseChecksumsName, baseName, MIRROR_NAME } from "../../lib/engines/sqlite/history/format.ts";
import { HistoryWriter, type SealAt } from "../../lib/engines/sqlite/history/history-writer.ts";
import { writePageChecksums } from "../../lib/engines/sqlite/history/page-checksums.ts";
import { COMMIT_FLAGS } from "../../lib/engines/sqlite/history/records.ts";

const HISTORY_ID = Buffer.from("ffeeddccbbaa99887766554433221100", "hex");

/** A real history of made-up pages, beside every state that it must be able to give back. Small pages, a commit each 10 ms. */
export class MadeHistory {
  readonly directory = mkdtempSync(path.join(tmpdir(), "made-history-"));
  readonly pageSize = 512;
  /** By number of commit. */
  readonly states: Buffer[] = [];
  writer: HistoryWriter;
  #state: Buffer;
  #seed: number;

  constructor(sealAt: SealAt = { bytes: 1e9, commits: 1e9 }, seed = 1, sizePages = 12) {
    this.#seed = seed;
    this.#state = Buffer.alloc(sizePages * this.pageSize, "the base image. ");
    const { directory, pageSize } = this;
    writeFileSync(path.join(directory, baseName(1)), this.#state);
    const table = Uint32Array.from({ length: sizePages }, (_, i) => crc32(this.#page(this.#state, i + 1)));
    const checksums = { historyId: HISTORY_ID, txid: 1, pageSize, table };
    writePageChecksums(path.join(directory, baseChecksumsName(1)), checksums);
    const position = { salt1: 1, salt2: 2, frame: 1, sum1: 3, sum2: 4 };
    const first = { timeMs: 1000, sizePages, position, imageCrc: crc32(this.#state) };
    this.writer = HistoryWriter.create(directory, HISTORY_ID, pageSize, first, sealAt);
    this.states[1] = Buffer.from(this.#state);
    this.writeMirror(this.#state);
  }

  /** Commits, each of some pages and now and then another size, or with a gap before it; the mirror follows. */
  async commit(count: number, gapMs = 0): Promise<void> {
    for (let i = 0; i < count; i++) {
      const sizeBefore = this.#state.length / this.pageSize;
      const size = this.#random(5) === 0 ? 6 + this.#random(30) : sizeBefore;
      const after = Buffer.alloc(size * this.pageSize);
      this.#state.copy(after);
      for (let k = 0; k <= this.#random(4); k++) after.writeInt32LE(this.#random(1e9), this.#random(size * 128) * 4);
      this.#write(after, Math.max(size, sizeBefore), gapMs);
      if (i % 3 === 0) await this.writer.flush();
    }
    await this.writer.flush();
    this.writeMirror(this.#state);
  }

  /** Goes on with what is on disk; the former writer is closed. */
  reopen(sealAt: SealAt): HistoryWriter {
    this.writer = HistoryWriter.open(this.directory, sealAt);
    return this.writer;
  }

  /** The newest state; a copy. */
  state(): Buffer {
    return Buffer.from(this.#state);
  }

  /** Commits any other state, durably only with the writer's next flush. */
  change(after: Buffer, times: { gapMs?: number; rawOffsetMs?: number; stepMs?: number } = {}): void {
    const { gapMs = 0, rawOffsetMs, stepMs } = times;
    this.#write(after, Math.max(after.length, this.#state.length) / this.pageSize, gapMs, rawOffsetMs, stepMs);
  }

  /** One commit that changes every page, written in parts of so many pages, and made durable. */
  async changeInParts(after: Buffer, pagesAtOnce: number): Promise<void> {
    const { writer, pageSize } = this;
    const sizeAfter = after.length / pageSize;
    writer.beginLongCommit();
    for (let page = 1; page <= sizeAfter; page++) {
      const [old, fresh] = [this.#page(this.#state, page), this.#page(after, page)];
      writer.addPage(page, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
      if (page % pagesAtOnce === 0) writer.flushPart();
    }
    const timeMs = writer.newest.timeMs + 10;
    const position = { salt1: 1, salt2: 2, frame: timeMs, sum1: 3, sum2: 4 };
    writer.endLongCommit({ timeMs, rawTimeMs: timeMs, flags: 0, gapFromMs: null, sizeAfter, position });
    await writer.flush();
    this.#state = Buffer.from(after);
    this.states[writer.newest.txid] = Buffer.from(after);
  }

  writeMirror(content: Buffer): void {
    writeFileSync(this.mirrorPath, content);
  }

  get mirrorPath(): string {
    return path.join(this.directory, MIRROR_NAME);
  }

  mirror(): Buffer {
    return readFileSync(this.mirrorPath);
  }

  #write(after: Buffer, pages: number, gapMs: number, rawOffsetMs = 0, stepMs = 10): void {
    const { writer } = this;
    writer.beginCommit();
    for (let page = 1; page <= pages; page++) {
      const [old, fresh] = [this.#page(this.#state, page), this.#page(after, page)];
      if (old.equals(fresh)) continue;
      writer.addPage(page, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
    }
    const timeMs = writer.newest.timeMs + stepMs + gapMs;
    const position = { salt1: 1, salt2: 2, frame: timeMs % 2 ** 32, sum1: 3, sum2: 4 };
    const sizeAfter = after.length / this.pageSize;
    const gapFromMs = gapMs > 0 ? timeMs - gapMs : null;
    const flags = (gapMs > 0 ? COMMIT_FLAGS.healed : 0) | (rawOffsetMs === 0 ? 0 : COMMIT_FLAGS.clamped);
    writer.endCommit({ timeMs, rawTimeMs: timeMs + rawOffsetMs, flags, gapFromMs, sizeAfter, position });
    this.#state = Buffer.from(after);
    this.states[writer.newest.txid] = Buffer.from(after);
  }

  #page(state: Buffer, page: number): Buffer {
    const content = Buffer.from(new ArrayBuffer(this.pageSize));
    content.set(state.subarray((page - 1) * this.pageSize, page * this.pageSize));
    return content;
  }

  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * below);
  }
}

function wordsOf(page: Buffer): Int32Array {
  return new Int32Array(page.buffer, page.byteOffset, page.length / 4);
}
