import { assert } from "../../../domain/assert.ts";
import type { CommitRows } from "./commit-row.ts";
import type { SegmentHeader } from "./format.ts";
import { COMMIT_HEADER, PAGE_HEADER, PAGES_HEADER, RECORD } from "./payload.ts";
import type { CommitPart, PageDelta } from "./records.ts";
import type { StoredNote } from "./segment-index.ts";
import type { Stretches } from "./stretches.ts";

/** One file of a history, open or sealed. */
export interface Segment {
  readonly file: string;
  readonly header: SegmentHeader;
  /** Commits in it; 0 only for a fresh open one. */
  readonly commits: number;
  readonly chainAfter: number;
  readonly flagsUnion: number;
  readonly watermarkMs: number;
  readonly sizeBytes: number;
  /** Bytes of all records before compression. */
  readonly rawBytes: number;
  /** Verified on first use. */
  table(): CommitRows;
  notes(): readonly StoredNote[];
  stretches(): Stretches;
  /** A block's payload, verified. Throws `history_damaged`. */
  readBlock(index: number): Buffer;
  close(): void;
}

/** Reads commits of one segment with their pages, keeping the block it read last. */
export class SegmentRecords {
  readonly segment: Segment;
  private block = -1;
  private payload: Buffer = Buffer.alloc(0);

  constructor(segment: Segment) {
    this.segment = segment;
  }

  /** The commit at `index` of the segment's table, record by record: each holds some of its pages. */
  *parts(index: number): Generator<CommitPart> {
    const table = this.segment.table();
    const info = table.info(index);
    let { block, offset } = table.place(index);
    for (let seen = 0; ; ) {
      const payload = this.payloadOf(block);
      if (offset >= payload.length) {
        block++;
        offset = 0;
        continue;
      }
      const kind = payload[offset];
      const end = offset + payload.readUInt32LE(offset + 4);
      assert(end > offset, "records follow each other");
      const pages: PageDelta[] = [];
      if (kind === RECORD.pages) decodePages(payload, offset + PAGES_HEADER, end, pages);
      if (kind === RECORD.commit) decodePages(payload, offset + COMMIT_HEADER, end, pages);
      seen += pages.length;
      offset = end;
      const isLast = kind === RECORD.commit;
      assert(!isLast || seen === info.pageCount, "a commit has as many pages as its header says");
      if (isLast || pages.length > 0) yield { ...info, pages, isLast };
      if (isLast) return;
    }
  }

  private payloadOf(block: number): Buffer {
    if (block !== this.block) {
      this.payload = this.segment.readBlock(block);
      this.block = block;
    }
    return this.payload;
  }
}

/** Adds the pages stored in [from, end) of a payload. */
export function decodePages(payload: Buffer, from: number, end: number, into: PageDelta[]): void {
  for (let at = from; at < end; ) {
    const bytes = payload.readUInt32LE(at + 12);
    into.push({
      page: payload.readUInt32LE(at),
      crcBefore: payload.readUInt32LE(at + 4),
      crcAfter: payload.readUInt32LE(at + 8),
      delta: payload.subarray(at + PAGE_HEADER, at + PAGE_HEADER + bytes),
    });
    at += PAGE_HEADER + bytes;
  }
}
