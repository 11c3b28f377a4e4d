import {
  COMMIT_ROW,
  type CommitPlace,
  type CommitRows,
  countAtMost,
  rowInfo,
  rowPageCount,
  rowPlace,
  rowTimeMs,
  writeRow,
} from "./commit-row.ts";
import type { CommitHeader } from "./payload.ts";
import type { CommitInfo } from "./records.ts";

/** Commits without their pages, in memory: those of an open segment, or of one that is being sealed. */
export class CommitTable implements CommitRows {
  readonly firstTxid: number;
  private rows: Buffer = Buffer.alloc(0);
  private count = 0;

  constructor(firstTxid: number) {
    this.firstTxid = firstTxid;
  }

  get length(): number {
    return this.count;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.rows.length;
  }

  get lastTxid(): number {
    return this.firstTxid + this.count - 1;
  }

  /** The rows as they are stored. */
  encoded(): Buffer {
    return this.rows.subarray(0, this.count * COMMIT_ROW);
  }

  /** Adds the commit that follows; `bytes` is what all of its records take. */
  push(commit: CommitHeader, bytes: number, place: CommitPlace): void {
    const at = this.count * COMMIT_ROW;
    if (at + COMMIT_ROW > this.rows.length) {
      const grown = Buffer.alloc(Math.max(8 * COMMIT_ROW, this.rows.length * 2));
      this.rows.copy(grown, 0, 0, at);
      this.rows = grown;
    }
    writeRow(this.rows, at, commit, bytes, place);
    this.count++;
  }

  chunks(): null {
    return null;
  }
  timeMs(index: number): number {
    return rowTimeMs(this.rows, index * COMMIT_ROW);
  }
  pageCount(index: number): number {
    return rowPageCount(this.rows, index * COMMIT_ROW);
  }
  place(index: number): CommitPlace {
    return rowPlace(this.rows, index * COMMIT_ROW);
  }
  info(index: number): CommitInfo {
    return rowInfo(this.rows, index * COMMIT_ROW, this.firstTxid + index);
  }
  countUpTo(timeMs: number): number {
    return countAtMost(this.count, timeMs, (index) => this.timeMs(index));
  }
}
