import { crc32 } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { type CommitRow, decodeOpenHead, OPEN_HEAD_BYTES, type OpenHead, ROW_BYTES, readRow } from "./commit-rows.ts";
import { type IndexFiles, indexFiles, readIfThere } from "./index-files.ts";
import { decodeSummaries, type SegmentSummary } from "./segment-summary.ts";
import { segmentName } from "./wal-files.ts";

/** A commit by its number in the incarnation's own log, from 1. Times are Unix microseconds and never fall. */
export type IndexedCommit = { rank: number; lsn: number; timeUs: number; timeline: number };

/** The commits of one segment: whole, or as far as they are known. */
type Part = {
  timeline: number;
  segment: number;
  fromLsn: number;
  toLsn: number;
  commitsBefore: number;
  commits: number;
  rows: number;
  firstTimeUs: number;
  lastTimeUs: number;
  summary: SegmentSummary | null;
};

/** Rows of segments that are kept in memory, bytes. */
const MOST_ROW_BYTES = 64 * 1024 * 1024;
const LOOKS = 50;

/** Reads the index of one incarnation while it grows. `refresh` brings it up to now; between two of those it stands still. */
export class IncarnationIndex {
  readonly #files: IndexFiles;
  readonly #segmentBytes: number;
  #stamp = "";
  #whole: Part[] = [];
  #parts: Part[] = [];
  #openRows: Buffer = Buffer.alloc(0);
  readonly #rows = new Map<number, Buffer>();
  #rowBytes = 0;

  constructor(index: string, segmentBytes: number) {
    this.#files = indexFiles(index);
    this.#segmentBytes = segmentBytes;
  }

  refresh(): void {
    for (let looks = 0; looks < LOOKS; looks++) {
      this.#readWhole();
      const open = readIfThere(this.#files.open);
      const head = decodeOpenHead(open);
      const last = this.#whole.at(-1);
      const isOver = head && last && head.segment <= last.segment;
      if (!head || isOver) {
        this.#parts = this.#whole;
        return;
      }
      // A segment was finished between the two looks: look again.
      if (head.commitsBefore !== (last ? last.commitsBefore + last.commits : 0) && last !== undefined) continue;
      const count = Math.floor((open.length - OPEN_HEAD_BYTES) / ROW_BYTES);
      this.#openRows = open.subarray(OPEN_HEAD_BYTES, OPEN_HEAD_BYTES + count * ROW_BYTES);
      this.#parts = [...this.#whole, openPart(head, this.#openRows, count)];
      return;
    }
    throw new LastgoodError(
      "history_damaged",
      `${this.#files.segments} does not fit what is being written beside it.`,
      {
        hint: "Restart Lastgood: the receiver reads the log anew.",
      },
    );
  }

  /** Whole segments, by position. */
  get segments(): SegmentSummary[] {
    return this.#whole.flatMap(({ summary }) => (summary ? [summary] : []));
  }

  /** The first position that the index covers, and the first one that it does not; null: nothing was read yet. */
  get covers(): { fromLsn: number; toLsn: number } | null {
    const [first, last] = [this.#parts[0], this.#parts.at(-1)];
    return first && last ? { fromLsn: first.fromLsn, toLsn: last.toLsn } : null;
  }

  /** The latest time of all records; 0: there is none. */
  get lastTimeUs(): number {
    return this.#parts.at(-1)?.lastTimeUs ?? 0;
  }

  /** The number of the first commit that is still known. */
  get firstRank(): number {
    return (this.#parts[0]?.commitsBefore ?? 0) + 1;
  }

  get lastRank(): number {
    const last = this.#parts.at(-1);
    return last ? last.commitsBefore + last.commits : 0;
  }

  /** How many commits of the log begin before a position. Of what is no longer known at all, the number of those that went. */
  rankBefore(lsn: number): number {
    const part = this.#parts[lastWhere(this.#parts.length, (i) => (this.#parts[i]?.fromLsn ?? 0) <= lsn)];
    if (!part) return this.firstRank - 1;
    if (lsn >= part.toLsn) return part.commitsBefore + part.commits;
    const rows = this.#rowsOf(part);
    const base = part.segment * this.#segmentBytes;
    const at = lastWhere(part.rows, (i) => base + readRow(rows, i * ROW_BYTES).offset < lsn);
    return part.commitsBefore + (at < 0 ? 0 : readRow(rows, at * ROW_BYTES).commitsUpTo);
  }

  /** The number of the last commit that is earlier than a time: those before it are, too. */
  rankBeforeTime(timeUs: number): number {
    const part = this.#parts[lastWhere(this.#parts.length, (i) => (this.#parts[i]?.firstTimeUs ?? 0) < timeUs)];
    if (!part) return this.firstRank - 1;
    if (part.lastTimeUs < timeUs) return part.commitsBefore + part.commits;
    const rows = this.#rowsOf(part);
    const at = lastWhere(part.rows, (i) => rows.readDoubleLE(i * ROW_BYTES) < timeUs);
    return part.commitsBefore + (at < 0 ? 0 : readRow(rows, at * ROW_BYTES).commitsUpTo);
  }

  /** A commit by its number; null where there is none, or none any more. */
  commit(rank: number): IndexedCommit | null {
    if (rank < this.firstRank || rank > this.lastRank) return null;
    const part = this.#parts[lastWhere(this.#parts.length, (i) => (this.#parts[i]?.commitsBefore ?? 0) < rank)];
    if (!part) return null;
    const rows = this.#rowsOf(part);
    const wanted = rank - part.commitsBefore;
    const before = lastWhere(part.rows, (i) => rows.readUInt32LE(i * ROW_BYTES + 12) < wanted);
    const row: CommitRow = readRow(rows, (before + 1) * ROW_BYTES);
    return { rank, lsn: part.segment * this.#segmentBytes + row.offset, timeUs: row.timeUs, timeline: part.timeline };
  }

  #readWhole(): void {
    const found = disk.statSync(this.#files.segments, { throwIfNoEntry: false, bigint: true });
    const stamp = found ? `${found.ino}-${found.size}` : "none";
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#rows.clear();
    this.#rowBytes = 0;
    this.#whole = decodeSummaries(readIfThere(this.#files.segments)).map((summary) => ({ ...summary, summary }));
  }

  #rowsOf(part: Part): Buffer {
    if (part.summary === null) return this.#openRows;
    const known = this.#rows.get(part.segment);
    if (known) return known;
    const file = this.#files.rows(segmentName(part, this.#segmentBytes));
    const bytes = readIfThere(file);
    if (bytes.length !== part.rows * ROW_BYTES || crc32(bytes) !== part.summary.rowsCrc) {
      throw new LastgoodError("history_damaged", `${file} is not what was written.`, {
        hint: "Look for the disk in the machine's own log. The log itself lies beside it and is untouched.",
      });
    }
    this.#rows.set(part.segment, bytes);
    this.#rowBytes += bytes.length;
    for (const [segment, oldest] of this.#rows) {
      if (this.#rowBytes <= MOST_ROW_BYTES || segment === part.segment) break;
      this.#rows.delete(segment);
      this.#rowBytes -= oldest.length;
    }
    return bytes;
  }
}

function openPart(head: OpenHead, rows: Buffer, count: number): Part {
  const last = count > 0 ? readRow(rows, (count - 1) * ROW_BYTES) : null;
  return {
    timeline: head.timeline,
    segment: head.segment,
    fromLsn: head.fromLsn,
    toLsn: head.toLsn,
    commitsBefore: head.commitsBefore,
    commits: last?.commitsUpTo ?? 0,
    rows: count,
    firstTimeUs: count > 0 ? rows.readDoubleLE(0) : head.timeBeforeUs,
    lastTimeUs: last?.timeUs ?? head.timeBeforeUs,
    summary: null,
  };
}

/** The last index below `count` that fits, where all that fit come first; -1: none does. */
function lastWhere(count: number, fits: (i: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
