/**
 * Appends pages to a locked log as one commit, in SQLite's own order: frames, fdatasync, hash blocks, header copy 2, header
 * copy 1. Until the first copy is written no connection sees any of it; a process that dies on the way leaves
 * either nothing, or a commit that the next connection's recovery finds whole.
 */

import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { LogPosition } from "../history/records.ts";
import {
  addEntry,
  blockGeometry,
  blockOf,
  clearStaleEntries,
  INDEX_BLOCK,
  readIndexBlock,
} from "../wal/wal-index-blocks.ts";
import {
  addChecksum,
  alignedBuffer,
  type Checksum,
  encodeNextHeader,
  FRAME_HEADER,
  frameBytes,
  frameOffset,
  INDEX_HEADER,
  wordsOf,
} from "../wal/wal-layout.ts";
import type { LockedLog } from "./locked-log.ts";

/** The pages of one commit. */
export type CommitPages = {
  /** Ascending, page 1 among them, none above `sizeAfter`. */
  numbers: readonly number[];
  /** Pages of the database afterwards. */
  sizeAfter: number;
  readInto(page: number, target: Buffer, offset: number): void;
};

export type AppendStage =
  | "mid frames"
  | "after frames"
  | "mid hash"
  | "before header"
  | "between headers"
  | "after headers";

/** What crash tests replace: they stop the process at a stage, or leave a step out to prove that it is needed. */
export type AppendSteps = {
  /** `writeHalf` performs the first half of the write that would follow. */
  at(stage: AppendStage, writeHalf?: () => void): void;
  clearStaleEntries: typeof clearStaleEntries;
};
export const ALL_STEPS: AppendSteps = { at() {}, clearStaleEntries };

const CHUNK_BYTES = 1 << 20;

/** SQLite never uses the page that holds its lock bytes, https://www.sqlite.org/fileformat2.html#the_lock_byte_page */
export function lockBytePage(pageSize: number): number {
  return 0x40000000 / pageSize + 1;
}

/**
 * @param beforePublish called with the position at which the commit will end, once everything but the header is written;
 *   what it throws leaves the database as it was
 * @returns that position
 */
export function appendCommit(
  log: LockedLog,
  pages: CommitPages,
  beforePublish: (position: LogPosition) => void,
  steps: AppendSteps = ALL_STEPS,
): LogPosition {
  const { header, files } = log;
  const { numbers, sizeAfter } = pages;
  assert(
    numbers[0] === 1 && sizeAfter >= (numbers.at(-1) ?? 0),
    "page 1 is among the pages and none lies beyond the end",
  );
  const sums = appendFrames(files.wal, log, pages, steps);
  steps.at("after frames");
  reachPoint("apply.appended");
  disk.fdatasyncSync(files.wal);
  reachPoint("apply.synced");
  fillIndex(files.shm, header.frames, numbers, steps);
  const frames = header.frames + numbers.length;
  const { salt1, salt2 } = header;
  const end = { salt1, salt2, frame: frames, sum1: sums[0] ?? 0, sum2: sums[1] ?? 0 };
  beforePublish(end);
  reachPoint("apply.intent-written");
  publish(files.shm, encodeNextHeader(header, { frames, pages: sizeAfter, sums }), steps);
  return end;
}

function appendFrames(walFd: number, log: LockedLog, pages: CommitPages, steps: AppendSteps): Checksum {
  const { pageSize, salt1, salt2, frames, sum1, sum2 } = log.header;
  const bytes = frameBytes(pageSize);
  const chunkFrames = Math.max(1, Math.floor(CHUNK_BYTES / bytes));
  const sums = Int32Array.of(sum1, sum2);
  const last = pages.numbers.length - 1;
  for (let start = 0; start <= last; start += chunkFrames) {
    const part = pages.numbers.slice(start, start + chunkFrames);
    const chunk = alignedBuffer(part.length * bytes);
    const words = wordsOf(chunk);
    part.forEach((page, i) => {
      const at = i * bytes;
      chunk.writeUInt32BE(page, at);
      chunk.writeUInt32BE(start + i === last ? pages.sizeAfter : 0, at + 4);
      chunk.writeUInt32BE(salt1, at + 8);
      chunk.writeUInt32BE(salt2, at + 12);
      pages.readInto(page, chunk, at + FRAME_HEADER);
      addChecksum(words, at >> 2, (at >> 2) + 2, sums);
      addChecksum(words, (at + FRAME_HEADER) >> 2, (at + bytes) >> 2, sums);
      chunk.writeInt32BE(sums[0] ?? 0, at + 16);
      chunk.writeInt32BE(sums[1] ?? 0, at + 20);
    });
    const offset = frameOffset(frames + 1 + start, pageSize);
    reachPoint("apply.chunk-filled");
    steps.at("mid frames", () => writeWhole(walFd, chunk.subarray(0, chunk.length >> 1), offset));
    writeWhole(walFd, chunk, offset);
    reachPoint("apply.chunk-appended");
  }
  return sums;
}

/**
 * A block is written in one ascending write from its page numbers on: page numbers lie before the slots, so however the
 * write is cut, it leaves a mark that SQLite's own cleanup looks for. The headers before them are never touched.
 */
function fillIndex(shmFd: number, lastFrame: number, numbers: readonly number[], steps: AppendSteps): void {
  const first = lastFrame + 1;
  const last = lastFrame + numbers.length;
  const neededBytes = (blockOf(last).number + 1) * INDEX_BLOCK;
  if (disk.fstatSync(shmFd).size < neededBytes) disk.ftruncateSync(shmFd, neededBytes);
  for (let number = blockOf(first).number; number <= blockOf(last).number; number++) {
    const geometry = blockGeometry(number);
    const block = readIndexBlock(shmFd, number);
    const from = Math.max(first, geometry.frameBefore + 1);
    const to = Math.min(last, geometry.frameBefore + geometry.capacity);
    steps.clearStaleEntries(block, geometry, from - 1 - geometry.frameBefore);
    for (let frame = from; frame <= to; frame++) {
      addEntry(block, geometry, frame - geometry.frameBefore, numbers[frame - first] ?? 0);
    }
    const changed = block.subarray(geometry.entriesAt);
    const offset = number * INDEX_BLOCK + geometry.entriesAt;
    reachPoint("apply.index-block-filled");
    steps.at("mid hash", () => writeWhole(shmFd, changed.subarray(0, changed.length >> 1), offset));
    writeWhole(shmFd, changed, offset);
    reachPoint("apply.index-block-written");
  }
}

function publish(shmFd: number, header: Buffer, steps: AppendSteps): void {
  steps.at("before header");
  // SQLite writes the second copy first and readers take the first copy first: a cut between them shows as a difference.
  writeWhole(shmFd, header, INDEX_HEADER);
  steps.at("between headers");
  reachPoint("apply.second-header-written");
  writeWhole(shmFd, header, 0);
  steps.at("after headers");
  reachPoint("apply.published");
}

function writeWhole(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += disk.writeSync(fd, bytes, done, bytes.length - done, offset + done);
}
