import { assert } from "../../../domain/assert.ts";
import type { CommitPlace } from "./commit-row.ts";
import { CommitTable } from "./commit-table.ts";
import { readU64 } from "./format.ts";
import { RECORD, type RestartWindow, readCommitHeader, readNote, readPosition, readWindow } from "./payload.ts";
import type { LogPosition } from "./records.ts";

/** A note and the newest commit when it was written. */
export type StoredNote = { txid: number; json: string };

/** What the records of one segment say, gathered in their order: the commit table and everything beside commits. */
export class SegmentIndex {
  readonly table: CommitTable;
  flagsUnion = 0;
  watermarkMs = 0;
  pages = 0;
  rawBytes = 0;
  window: RestartWindow | null = null;
  /** Where capture stood in the log when the newest record was written. */
  position: LogPosition | null = null;
  /** Notes, then the newest window, watermark and position: what a sealed segment keeps beside its commits. */
  readonly notes: StoredNote[] = [];
  /** Begin of a commit whose last record has not come yet. */
  unfinished: CommitPlace | null = null;
  /** Where the pages begin that belong to nothing; each stretch of them ends with a record that says so. */
  readonly abandoned: CommitPlace[] = [];
  private unfinishedBytes = 0;

  constructor(firstTxid: number) {
    this.table = new CommitTable(firstTxid);
  }

  /** Takes in the record of `payload` at `at`, which lies in block `block`; returns where the next one begins. */
  take(payload: Buffer, at: number, block: number): number {
    const kind = payload[at];
    const bytes = payload.readUInt32LE(at + 4);
    assert(bytes >= 8 && at + bytes <= payload.length, "a record lies within its block");
    this.rawBytes += bytes;
    if (kind === RECORD.pages) {
      this.unfinished ??= { block, offset: at };
      this.unfinishedBytes += bytes;
    } else if (kind === RECORD.commit) {
      this.takeCommit(payload, at, bytes, block);
    } else if (kind === RECORD.abandon) {
      if (this.unfinished) this.abandoned.push(this.unfinished);
      this.unfinished = null;
      this.unfinishedBytes = 0;
    } else {
      this.takeOther(kind, payload, at);
    }
    return at + bytes;
  }

  /** Takes in a record that holds no pages, as in a sealed segment's extras. */
  takeOther(kind: number | undefined, payload: Buffer, at: number): void {
    if (kind === RECORD.window) {
      this.window = readWindow(payload, at);
      this.position = this.window.position;
    } else if (kind === RECORD.watermark) {
      this.watermarkMs = readU64(payload, at + 8);
    } else if (kind === RECORD.position) {
      this.position = readPosition(payload, at + 8);
    } else if (kind === RECORD.note) {
      this.notes.push(readNote(payload, at));
    }
    // Other kinds come from a later writer of the same version and are skipped.
  }

  private takeCommit(payload: Buffer, at: number, bytes: number, block: number): void {
    const commit = readCommitHeader(payload, at);
    assert(commit.txid === this.table.lastTxid + 1, "commits are numbered without holes");
    this.table.push(commit, this.unfinishedBytes + bytes, this.unfinished ?? { block, offset: at });
    this.unfinished = null;
    this.unfinishedBytes = 0;
    this.flagsUnion |= commit.flags;
    this.pages += commit.pageCount;
    this.position = commit.position;
  }
}
