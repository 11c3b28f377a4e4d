import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, UNFINISHED, writeFileDurably, writeWhole } from "../../../storage/durable-file.ts";
import { type CommitRow, encodeOpenHead, OPEN_HEAD_BYTES, type OpenHead, ROW_BYTES, writeRow } from "./commit-rows.ts";
import { type IndexFiles, readIfThere } from "./index-files.ts";
import {
  decodeSummaries,
  encodeSummary,
  type SegmentSum,
  type SegmentSummary,
  SUMMARY_BYTES,
} from "./segment-summary.ts";

/** The segment whose records are being read. Its rows can be had again from the log, so nothing of it is synced. */
type Open = {
  head: OpenHead;
  rows: Buffer;
  count: number;
  commits: number;
  written: number;
  lagUs: number;
  brokenLsn: number;
};

/** Writes the index of one incarnation. What is said to be whole is durable. */
export class IndexWriter {
  readonly #files: IndexFiles;
  readonly #segmentBytes: number;
  #last: SegmentSummary | null;
  #open: Open | null = null;
  #fd: number | null = null;

  /** Cuts off what a crash left unfinished. */
  constructor(files: IndexFiles, segmentBytes: number) {
    this.#files = files;
    this.#segmentBytes = segmentBytes;
    const bytes = readIfThere(files.segments);
    const summaries = decodeSummaries(bytes);
    const whole = summaries.length * SUMMARY_BYTES;
    if (whole < bytes.length) {
      const fd = disk.openSync(files.segments, "r+");
      disk.ftruncateSync(fd, whole);
      disk.fsyncSync(fd);
      disk.closeSync(fd);
    }
    this.#last = summaries.at(-1) ?? null;
  }

  /** The last whole segment. */
  get last(): SegmentSummary | null {
    return this.#last;
  }

  get open(): OpenHead | null {
    return this.#open?.head ?? null;
  }

  /** Commits of the incarnation up to now. */
  get commits(): number {
    return this.#open ? this.#open.head.commitsBefore + this.#open.commits : this.#last ? afterOf(this.#last) : 0;
  }

  /** Begins with a segment. Its file appears with the first `publish`. */
  begin(timeline: number, segment: number, fromLsn: number): void {
    this.#closeFile();
    const last = this.#last;
    const timeBeforeUs = last?.lastTimeUs ?? 0;
    this.#open = {
      head: {
        timeline,
        segment,
        fromLsn,
        commitsBefore: last ? afterOf(last) : 0,
        timeBeforeUs,
        commitLsnBefore: last?.lastCommitLsn ?? -1,
        lastTimeUs: timeBeforeUs,
        toLsn: fromLsn,
      },
      rows: Buffer.alloc(ROW_BYTES * 256),
      count: 0,
      commits: 0,
      written: 0,
      lagUs: 0,
      brokenLsn: -1,
    };
  }

  /** Adds the end of a transaction; answers its row. */
  add(offset: number, timeUs: number, isCommit: boolean): CommitRow {
    const open = this.#opened();
    const { head } = open;
    open.lagUs = Math.max(open.lagUs, head.lastTimeUs - timeUs);
    head.lastTimeUs = Math.max(head.lastTimeUs, timeUs);
    if (isCommit) open.commits += 1;
    const row = { timeUs: head.lastTimeUs, offset, isCommit, commitsUpTo: open.commits };
    const at = open.count * ROW_BYTES;
    if (at === open.rows.length) open.rows = Buffer.concat([open.rows, Buffer.alloc(open.rows.length)]);
    writeRow(open.rows, at, row);
    open.count += 1;
    return row;
  }

  /** The first position where something stands that is no record. */
  breakAt(lsn: number): void {
    const open = this.#opened();
    if (open.brokenLsn === -1) open.brokenLsn = lsn;
  }

  /** Lets readers see the segment that is being written as far as it was read. */
  publish(toLsn: number): void {
    const open = this.#opened();
    if (this.#fd !== null && open.head.toLsn === toLsn && open.written === open.count) return;
    open.head.toLsn = toLsn;
    const head = encodeOpenHead(open.head);
    const fresh = open.rows.subarray(open.written * ROW_BYTES, open.count * ROW_BYTES);
    if (this.#fd === null) {
      // In one piece under its name: readers see the former segment until then, or this one with all that is known of it.
      this.#fd = disk.openSync(`${this.#files.open}${UNFINISHED}`, "w", 0o600);
      writeWhole(this.#fd, Buffer.concat([head, fresh]), 0);
      disk.renameSync(`${this.#files.open}${UNFINISHED}`, this.#files.open);
    } else {
      writeWhole(this.#fd, fresh, OPEN_HEAD_BYTES + open.written * ROW_BYTES);
      writeWhole(this.#fd, head, 0);
    }
    open.written = open.count;
  }

  /** All records that begin in the segment have been read: it is whole, durably. */
  finish(name: string, toLsn: number, previousLsn: number | null, sum: SegmentSum | null): SegmentSummary {
    const open = this.#opened();
    const rows = open.rows.subarray(0, open.count * ROW_BYTES);
    const { head } = open;
    const lastCommit = lastCommitOf(rows);
    const summary: SegmentSummary = {
      timeline: head.timeline,
      segment: head.segment,
      fromLsn: head.fromLsn,
      toLsn,
      previousLsn: previousLsn ?? -1,
      commitsBefore: head.commitsBefore,
      rows: open.count,
      commits: open.commits,
      firstTimeUs: open.count > 0 ? rows.readDoubleLE(0) : head.timeBeforeUs,
      lastTimeUs: head.lastTimeUs,
      lastCommitLsn: lastCommit === null ? head.commitLsnBefore : head.segment * this.#segmentBytes + lastCommit,
      lagUs: open.lagUs,
      brokenLsn: open.brokenLsn,
      rowsCrc: crc32(rows),
      sum,
    };
    writeFileDurably(this.#files.rows(name), rows);
    const fd = disk.openSync(this.#files.segments, "a", 0o600);
    try {
      writeWhole(fd, encodeSummary(summary), null);
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    if (this.#last === null) syncDirectory(this.#files.segments.slice(0, -"/segments".length));
    this.#last = summary;
    this.#open = null;
    this.#closeFile();
    return summary;
  }

  close(): void {
    this.#closeFile();
    this.#open = null;
  }

  #opened(): Open {
    if (!this.#open) throw new Error("assumption violated: a segment is being written");
    return this.#open;
  }

  #closeFile(): void {
    if (this.#fd !== null) disk.closeSync(this.#fd);
    this.#fd = null;
  }
}

const afterOf = ({ commitsBefore, commits }: SegmentSummary) => commitsBefore + commits;

function lastCommitOf(rows: Buffer): number | null {
  for (let at = rows.length - ROW_BYTES; at >= 0; at -= ROW_BYTES) {
    const word = rows.readUInt32LE(at + 8);
    if (word < 0x80000000) return word;
  }
  return null;
}
