import { assert } from "../../../domain/assert.ts";
import type { CommitTable } from "./commit-table.ts";
import type { SegmentHeader } from "./format.ts";
import { COMMIT_HEADER, PAGE_HEADER, PAGES_HEADER, RECORD } from "./payload.ts";
import type { CommitRecord, PageDelta } from "./records.ts";
import type { StoredNote } from "./segment-index.ts";

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
  /** Verified on first use. */
  table(): CommitTable;
  notes(): readonly StoredNote[];
  /** A block's payload, verified. Throws `history_damaged`. */
  readBlock(index: number): Buffer;
  close(): void;
}

/** Reads commits of one segment with their pages, keeping the block it read last. */
export class SegmentRecords {
  private readonly segment: Segment;
  private block = -1;
  private payload: Buffer = Buffer.alloc(0);

  constructor(segment: Segment) {
    this.segment = segment;
  }

  /** The commit at `index` of the segment's table. */
  read(index: number): CommitRecord {
    const table = this.segment.table();
    const info = table.info(index);
    const place = table.place(index);
    const pages: PageDelta[] = [];
    let { block, offset } = place;
    for (;;) {
      const payload = this.payloadOf(block);
      if (offset >= payload.length) {
        block++;
        offset = 0;
        continue;
      }
      const kind = payload[offset];
      const bytes = payload.readUInt32LE(offset + 4);
      if (kind === RECORD.pages) {
        decodePages(payload, offset + PAGES_HEADER, payload.readUInt32LE(offset + 12), pages);
      } else if (kind === RECORD.commit) {
        decodePages(payload, offset + COMMIT_HEADER, payload.readUInt32LE(offset + 52), pages);
        assert(pages.length === info.pageCount, "a commit has as many pages as its header says");
        return { ...info, pages };
      }
      offset += bytes;
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

function decodePages(payload: Buffer, from: number, count: number, into: PageDelta[]): void {
  let at = from;
  for (let i = 0; i < count; i++) {
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
