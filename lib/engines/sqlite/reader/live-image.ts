import { setImmediate as nextTurn } from "node:timers/promises";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import type { LogPosition } from "../history/records.ts";
import { alignedBuffer, FRAME_HEADER, frameOffset, type IndexHeader, wordsOf } from "../wal/wal-layout.ts";
import { LogUnavailable, readingLive } from "./capture-problem.ts";
import type { LiveFiles } from "./live-files.ts";
import type { LogScanner } from "./log-scanner.ts";

const CHUNK_BYTES = 1024 * 1024;

/** A stretch's memory for whoever comes next: hundreds of databases may start one after the other. */
let spareChunk: Buffer<ArrayBuffer> | null = null;

/**
 * A live database as the last commit in its log left it, while the keepers stand still: the database file with the newest
 * frame of each page laid over it. No frame behind the pin can have been backfilled, so both stay as they are.
 */
export class LiveImage {
  readonly pageSize: number;
  readonly sizePages: number;
  readonly position: LogPosition;
  private readonly files: LiveFiles;
  private readonly databaseFd: number;
  /** The newest frame of each page, 0 when the log holds none; page 1 at index 1. */
  private readonly frames: Uint32Array;
  private readonly page: Buffer<ArrayBuffer>;
  private readonly pageWords: Int32Array;

  /** Verifies the log from its first frame on. Throws `LogUnavailable` when it cannot be read just now. */
  static async open(files: LiveFiles, scanner: LogScanner): Promise<LiveImage> {
    const header = files.readIndexHeader();
    const log = header && files.readLogHeader(header);
    if (!header || !log || header.frames === 0) throw new LogUnavailable("the log holds no commit yet");
    const frames = new Uint32Array(header.pages + 1);
    let position: LogPosition = {
      salt1: log.salt1,
      salt2: log.salt2,
      frame: 0,
      sum1: log.sums[0] ?? 0,
      sum2: log.sums[1] ?? 0,
    };
    while (position.frame < header.frames) {
      const read = scanner.read(files.walFd, header.pageSize, position, header.frames);
      if (read.frames === 0) throw new LogUnavailable("the log is being replaced");
      for (let i = 0; i < read.frames; i++) {
        const page = scanner.pages[i] ?? 0;
        if (page < frames.length) frames[page] = position.frame + i + 1;
      }
      position = scanner.positionAfter(position, read.frames - 1);
      await nextTurn();
    }
    if (position.sum1 !== header.sum1 || position.sum2 !== header.sum2) throw new LogUnavailable("the log went on");
    return new LiveImage(files, header, frames, position);
  }

  private constructor(files: LiveFiles, header: IndexHeader, frames: Uint32Array, position: LogPosition) {
    this.files = files;
    this.pageSize = header.pageSize;
    this.sizePages = header.pages;
    this.frames = frames;
    this.position = position;
    this.page = alignedBuffer(header.pageSize);
    this.pageWords = wordsOf(this.page);
    this.databaseFd = files.openDatabase();
  }

  /**
   * Calls `visit` for every page in ascending order, with a buffer, its words, and where the page begins in it (bytes).
   * `pause` is awaited now and then. The buffer is used again.
   */
  async forEachPage(
    visit: (page: number, bytes: Buffer<ArrayBuffer>, words: Int32Array, at: number) => void,
    pause: (pagesDone: number) => Promise<void> | void,
  ): Promise<void> {
    const atOnce = CHUNK_BYTES / this.pageSize;
    const chunk = spareChunk ?? alignedBuffer(CHUNK_BYTES);
    spareChunk = null;
    const words = wordsOf(chunk);
    for (let first = 1; first <= this.sizePages; first += atOnce) {
      const count = Math.min(atOnce, this.sizePages - first + 1);
      this.readStretch(chunk, first, count);
      for (let i = 0; i < count; i++) visit(first + i, chunk, words, i * this.pageSize);
      await pause(first + count - 1);
      await nextTurn();
    }
    spareChunk = chunk;
  }

  /** One page; the buffer is used again by the next call. */
  readPage(page: number): { bytes: Buffer<ArrayBuffer>; words: Int32Array } {
    this.readDatabase(this.page, this.pageSize, (page - 1) * this.pageSize);
    this.layOver(this.page, 0, page);
    return { bytes: this.page, words: this.pageWords };
  }

  close(): void {
    disk.closeSync(this.databaseFd);
  }

  private readStretch(chunk: Buffer<ArrayBuffer>, first: number, count: number): void {
    this.readDatabase(chunk, count * this.pageSize, (first - 1) * this.pageSize);
    for (let i = 0; i < count; i++) this.layOver(chunk, i * this.pageSize, first + i);
  }

  private readDatabase(target: Buffer, wanted: number, from: number): void {
    const got = readingLive("database", () => readWhole(this.databaseFd, target, 0, wanted, from));
    // Behind the file's end lie pages that only the log holds yet, or that nobody ever wrote.
    target.fill(0, got, wanted);
  }

  private layOver(target: Buffer, at: number, page: number): void {
    const frame = this.frames[page] ?? 0;
    if (frame === 0) return;
    const from = frameOffset(frame, this.pageSize) + FRAME_HEADER;
    const got = readingLive("log", () => readWhole(this.files.walFd, target, at, this.pageSize, from));
    assert(got === this.pageSize, "a verified frame is whole");
  }
}

/** Reads until there is no more; returns the bytes read. */
function readWhole(fd: number, target: Buffer, at: number, wanted: number, from: number): number {
  let got = 0;
  while (got < wanted) {
    const more = disk.readSync(fd, target, at + got, wanted - got, from + got);
    if (more === 0) break;
    got += more;
  }
  return got;
}
