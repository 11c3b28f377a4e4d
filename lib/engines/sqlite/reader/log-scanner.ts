import { disk } from "../../../storage/disk.ts";
import type { LogPosition } from "../history/records.ts";
import { addChecksum, alignedBuffer, FRAME_HEADER, frameBytes, frameOffset, wordsOf } from "../wal/wal-layout.ts";
import { readingLive } from "./capture-problem.ts";

const CHUNK_BYTES = 2 * 1024 * 1024;

/**
 * Reads stretches of a log into one buffer, used again for every stretch, and verifies each frame by salts and running
 * checksum. Frame i of the stretch (from 0) is described by the arrays at i.
 */
export class LogScanner {
  readonly buffer = alignedBuffer(CHUNK_BYTES + FRAME_HEADER);
  readonly words = wordsOf(this.buffer);
  readonly pages: Uint32Array;
  /** Pages of the database after the commit that the frame ends, 0 within a commit. */
  readonly sizesAfter: Uint32Array;
  readonly sums1: Int32Array;
  readonly sums2: Int32Array;
  private readonly sums = new Int32Array(2);

  constructor() {
    const most = Math.ceil(CHUNK_BYTES / frameBytes(512));
    this.pages = new Uint32Array(most);
    this.sizesAfter = new Uint32Array(most);
    this.sums1 = new Int32Array(most);
    this.sums2 = new Int32Array(most);
  }

  /**
   * Reads frames behind `from`, up to frame `lastFrame` or as many as fit; returns how many are valid. Fewer than asked for
   * means that the log is being replaced.
   */
  read(walFd: number, pageSize: number, from: LogPosition, lastFrame: number): { frames: number; wanted: number } {
    const bytes = frameBytes(pageSize);
    const wanted = Math.min(lastFrame - from.frame, Math.floor(CHUNK_BYTES / bytes));
    const at = frameOffset(from.frame + 1, pageSize);
    const got = readingLive("log", () => disk.readSync(walFd, this.buffer, 0, wanted * bytes, at));
    const whole = Math.floor(got / bytes);
    const { sums, words, buffer } = this;
    sums[0] = from.sum1;
    sums[1] = from.sum2;
    for (let i = 0; i < whole; i++) {
      const at = i * bytes;
      if (buffer.readUInt32BE(at + 8) !== from.salt1 || buffer.readUInt32BE(at + 12) !== from.salt2) {
        return { frames: i, wanted };
      }
      addChecksum(words, at >> 2, (at >> 2) + 2, sums);
      addChecksum(words, (at + FRAME_HEADER) >> 2, (at + bytes) >> 2, sums);
      const sum1 = sums[0] ?? 0;
      const sum2 = sums[1] ?? 0;
      if (sum1 !== buffer.readInt32BE(at + 16) || sum2 !== buffer.readInt32BE(at + 20)) return { frames: i, wanted };
      this.pages[i] = buffer.readUInt32BE(at);
      this.sizesAfter[i] = buffer.readUInt32BE(at + 4);
      this.sums1[i] = sum1;
      this.sums2[i] = sum2;
    }
    return { frames: whole, wanted };
  }

  /** Where frame i's page begins in the buffer, bytes. */
  pageAt(i: number, pageSize: number): number {
    return i * frameBytes(pageSize) + FRAME_HEADER;
  }

  /** The log position behind frame i of a stretch that began behind `from`. */
  positionAfter(from: LogPosition, i: number): LogPosition {
    return {
      salt1: from.salt1,
      salt2: from.salt2,
      frame: from.frame + i + 1,
      sum1: this.sums1[i] ?? 0,
      sum2: this.sums2[i] ?? 0,
    };
  }
}
