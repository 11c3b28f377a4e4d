import {
  CHUNK_ROWS,
  COMMIT_ROW,
  type CommitPlace,
  type CommitRows,
  countAtMost,
  type RowChunks,
  rowInfo,
  rowPageCount,
  rowPlace,
  rowTimeMs,
} from "./commit-row.ts";
import { readU64, writeU64 } from "./format.ts";
import type { CommitInfo } from "./records.ts";

export const CHUNK_TABLE_ROW = 32;

/** One chunk of commit rows: where it is stored, and what look-ups need to know to pass it by. */
export type ChunkRow = { offset: number; storedBytes: number; crc: number; firstTimeMs: number; pages: number };

export function encodeChunkTable(rows: readonly ChunkRow[]): Buffer {
  const raw = Buffer.alloc(rows.length * CHUNK_TABLE_ROW);
  rows.forEach((row, index) => {
    const at = index * CHUNK_TABLE_ROW;
    writeU64(raw, row.offset, at);
    raw.writeUInt32LE(row.storedBytes, at + 8);
    raw.writeUInt32LE(row.crc, at + 12);
    writeU64(raw, row.firstTimeMs, at + 16);
    writeU64(raw, row.pages, at + 24);
  });
  return raw;
}

export function decodeChunkRow(table: Buffer, index: number): ChunkRow {
  const at = index * CHUNK_TABLE_ROW;
  return {
    offset: readU64(table, at),
    storedBytes: table.readUInt32LE(at + 8),
    crc: table.readUInt32LE(at + 12),
    firstTimeMs: readU64(table, at + 16),
    pages: readU64(table, at + 24),
  };
}

/** Sums up rows (some of them, as they are stored) for the chunk's row. */
export function sumUp(rows: Buffer): { firstTimeMs: number; pages: number } {
  let pages = 0;
  for (let at = 0; at < rows.length; at += COMMIT_ROW) pages += rowPageCount(rows, at);
  return { firstTimeMs: rowTimeMs(rows, 0), pages };
}

/** Where the rows of a sealed segment come from; both answer what is verified. */
type RowSource = { chunkTable(): Buffer; chunk(index: number): Buffer };

/** The commits of a sealed segment: only the chunks that are asked for are read, and they are not kept here. */
export class SealedRows implements CommitRows {
  readonly firstTxid: number;
  readonly length: number;
  readonly #source: RowSource;

  constructor(firstTxid: number, length: number, source: RowSource) {
    this.firstTxid = firstTxid;
    this.length = length;
    this.#source = source;
  }

  chunks(): RowChunks {
    const table = this.#source.chunkTable();
    return {
      count: table.length / CHUNK_TABLE_ROW,
      firstTimeMs: (chunk) => readU64(table, chunk * CHUNK_TABLE_ROW + 16),
      pages: (chunk) => readU64(table, chunk * CHUNK_TABLE_ROW + 24),
    };
  }
  timeMs(index: number): number {
    return rowTimeMs(this.#rows(index), at(index));
  }
  pageCount(index: number): number {
    return rowPageCount(this.#rows(index), at(index));
  }
  place(index: number): CommitPlace {
    return rowPlace(this.#rows(index), at(index));
  }
  info(index: number): CommitInfo {
    return rowInfo(this.#rows(index), at(index), this.firstTxid + index);
  }

  countUpTo(timeMs: number): number {
    const { count, firstTimeMs } = this.chunks();
    const chunks = countAtMost(count, timeMs, firstTimeMs);
    if (chunks === 0) return 0;
    const first = (chunks - 1) * CHUNK_ROWS;
    const rows = this.#rows(first);
    return first + countAtMost(rows.length / COMMIT_ROW, timeMs, (row) => rowTimeMs(rows, row * COMMIT_ROW));
  }

  /** The chunk that holds the row; the one used last is remembered, whoever it belongs to: scans go row by row. */
  #rows(index: number): Buffer {
    const chunk = Math.floor(index / CHUNK_ROWS);
    if (last.source === this.#source && last.chunk === chunk) return last.rows;
    const rows = this.#source.chunk(chunk);
    last = { source: this.#source, chunk, rows };
    return rows;
  }
}

let last: { source: RowSource | null; chunk: number; rows: Buffer } = {
  source: null,
  chunk: 0,
  rows: Buffer.alloc(0),
};

const at = (index: number) => (index % CHUNK_ROWS) * COMMIT_ROW;
