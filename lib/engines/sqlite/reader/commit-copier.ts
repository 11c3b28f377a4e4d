import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { HistoryWriter } from "../history/history-writer.ts";
import type { LogPosition } from "../history/records.ts";
import { alignedBuffer, FRAME_HEADER, frameOffset, type IndexHeader, wordsOf } from "../wal/wal-layout.ts";
import { wallClock } from "../wall-clock.ts";
import { timeNextCommit } from "./capture-clock.ts";
import { LogGap, LogUnavailable, readingLive } from "./capture-problem.ts";
import type { LogScanner } from "./log-scanner.ts";
import type { Mirror } from "./mirror.ts";
import { COUNTER_WORDS } from "./wake-commit.ts";

/** Pages of a long commit between two pauses in which other databases are served. */
const PAGES_AT_ONCE = 256;
const MOST_DROPPED_BYTES = 2 * 1024 * 1024;

/** Turns the log's commits into records of the writer, with the mirror as what was before. */
export class CommitCopier {
  private readonly writer: HistoryWriter;
  private readonly mirror: Mirror;
  private readonly scanner: LogScanner;

  constructor(writer: HistoryWriter, mirror: Mirror, scanner: LogScanner) {
    this.writer = writer;
    this.mirror = mirror;
    this.scanner = scanner;
  }

  /**
   * Gathers the whole commits of the next stretch of the log behind `from`; returns the position behind them. "long" when
   * the next commit does not end within a stretch, "replaced" when the frames are not those of this log.
   */
  copyStretch(
    walFd: number,
    header: IndexHeader,
    from: LogPosition,
    rawTimeMs: number,
  ): LogPosition | "long" | "replaced" {
    const { scanner } = this;
    const { frames, wanted } = scanner.read(walFd, header.pageSize, from, header.frames);
    if (frames < wanted) return "replaced";
    let first = 0;
    let position: LogPosition | null = null;
    for (let i = 0; i < frames; i++) {
      const sizeAfter = scanner.sizesAfter[i] ?? 0;
      if (sizeAfter === 0) continue;
      // What a large shrink drops goes into the record too, and may not fit into memory.
      if (this.mirror.sizePages - sizeAfter > MOST_DROPPED_BYTES / header.pageSize) return position ?? "long";
      position = scanner.positionAfter(from, i);
      this.copyCommit(first, i, sizeAfter, position, header.pageSize, rawTimeMs);
      first = i + 1;
    }
    if (position) return position;
    // A published log ends with a commit, so what has none is longer than a stretch.
    return from.frame + frames < header.frames ? "long" : "replaced";
  }

  /** One commit of any size behind `from`: first found as a whole, then copied page by page. Durable when it returns. */
  async copyLong(walFd: number, header: IndexHeader, from: LogPosition): Promise<LogPosition> {
    const { writer, mirror } = this;
    const found = await this.findLong(walFd, header, from);
    reachPoint("capture.long-found");
    const { pages, sizeAfter, position } = found;
    const frame = new FrameReader(walFd, header.pageSize);
    writer.beginLongCommit();
    mirror.shrinkTo(writer, sizeAfter, () => writePartWhenFull(writer));
    mirror.growTo(sizeAfter);
    let done = 0;
    for (const [page, number] of pages) {
      if (page > sizeAfter) continue;
      const crc = frame.read(number, page, position);
      mirror.captureUncached(writer, page, crc, frame.words, 0);
      writePartWhenFull(writer);
      if (++done % PAGES_AT_ONCE === 0) await nextTurn();
    }
    const time = timeNextCommit(wallClock.now(), writer.newest.timeMs, writer.watermarkMs);
    writer.endLongCommit({ ...time, gapFromMs: null, sizeAfter, position });
    await writer.flush();
    reachPoint("capture.long-synced");
    mirror.writeSize();
    for (const [page, number] of pages) {
      if (page > sizeAfter) continue;
      const crc = frame.read(number, page, position);
      if (crc !== mirror.checksumOf(page)) throw new LogGap("the log changed under a commit that was being copied");
      mirror.writePage(page, frame.page);
      reachPoint("capture.long-page-mirrored");
      if (++done % PAGES_AT_ONCE === 0) await nextTurn();
    }
    return position;
  }

  private copyCommit(
    first: number,
    last: number,
    sizeAfter: number,
    position: LogPosition,
    pageSize: number,
    rawTimeMs: number,
  ): void {
    const { writer, mirror, scanner } = this;
    if (first === last && this.isWake(last, sizeAfter, pageSize)) return;
    writer.beginCommit();
    if (sizeAfter < mirror.sizePages) mirror.shrinkTo(writer, sizeAfter, () => undefined);
    mirror.growTo(sizeAfter);
    const isFew = last - first < 16;
    const newest = isFew ? null : this.newestFrames(first, last);
    for (let i = first; i <= last; i++) {
      const page = scanner.pages[i] ?? 0;
      if (page > sizeAfter) continue;
      // A page that was spilled can stand in a commit twice: its last frame counts.
      if (newest ? newest.get(page) !== i : this.comesAgain(page, i + 1, last)) continue;
      mirror.capture(writer, page, scanner.buffer, scanner.words, scanner.pageAt(i, pageSize));
    }
    const time = timeNextCommit(rawTimeMs, writer.newest.timeMs, writer.watermarkMs);
    writer.endCommit({ ...time, gapFromMs: null, sizeAfter, position });
  }

  /** A commit of nobody's: page 1 alone, and nothing but SQLite's own counters in it. */
  private isWake(frame: number, sizeAfter: number, pageSize: number): boolean {
    if (this.scanner.pages[frame] !== 1 || sizeAfter !== this.mirror.sizePages) return false;
    return this.mirror.equals(1, this.scanner.words, this.scanner.pageAt(frame, pageSize) >> 2, COUNTER_WORDS);
  }

  private comesAgain(page: number, from: number, to: number): boolean {
    for (let i = from; i <= to; i++) if (this.scanner.pages[i] === page) return true;
    return false;
  }

  private newestFrames(first: number, last: number): Map<number, number> {
    const newest = new Map<number, number>();
    for (let i = first; i <= last; i++) newest.set(this.scanner.pages[i] ?? 0, i);
    return newest;
  }

  /** The end of the next commit, and the newest frame of each of its pages in the log's order. */
  private async findLong(walFd: number, header: IndexHeader, from: LogPosition) {
    const pages = new Map<number, number>();
    let position = from;
    while (position.frame < header.frames) {
      const { frames, wanted } = this.scanner.read(walFd, header.pageSize, position, header.frames);
      if (frames < wanted || frames === 0) break;
      for (let i = 0; i < frames; i++) {
        const page = this.scanner.pages[i] ?? 0;
        pages.delete(page);
        pages.set(page, position.frame + i + 1);
        const sizeAfter = this.scanner.sizesAfter[i] ?? 0;
        if (sizeAfter > 0) return { pages, sizeAfter, position: this.scanner.positionAfter(position, i) };
      }
      position = this.scanner.positionAfter(position, frames - 1);
      await nextTurn();
    }
    throw new LogUnavailable("the log was replaced while a commit was being read");
  }
}

function writePartWhenFull(writer: HistoryWriter): void {
  if (writer.partIsFull) writer.flushPart();
}

/** Reads single frames again that were verified before. */
class FrameReader {
  readonly page: Buffer<ArrayBuffer>;
  readonly words: Int32Array;
  private readonly walFd: number;
  private readonly pageSize: number;
  private readonly header = alignedBuffer(FRAME_HEADER);

  constructor(walFd: number, pageSize: number) {
    this.walFd = walFd;
    this.pageSize = pageSize;
    this.page = alignedBuffer(pageSize);
    this.words = wordsOf(this.page);
  }

  /** Reads a frame's page into `page`; returns its CRC-32. Throws `LogGap` when another log has taken the frame's place. */
  read(frame: number, page: number, log: LogPosition): number {
    const at = frameOffset(frame, this.pageSize);
    const { walFd } = this;
    const gotHeader = readingLive("log", () => disk.readSync(walFd, this.header, 0, FRAME_HEADER, at));
    const gotPage = readingLive("log", () => disk.readSync(walFd, this.page, 0, this.pageSize, at + FRAME_HEADER));
    const isOurs =
      gotHeader === FRAME_HEADER &&
      gotPage === this.pageSize &&
      this.header.readUInt32BE(0) === page &&
      this.header.readUInt32BE(8) === log.salt1 &&
      this.header.readUInt32BE(12) === log.salt2;
    if (!isOurs) throw new LogGap("the log was replaced while a commit was being copied");
    return crc32(this.page);
  }
}
