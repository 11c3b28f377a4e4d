import { crc32 } from "node:zlib";
import { CHUNK_ROWS, COMMIT_ROW } from "./commit-row.ts";
import { BLOCK_TABLE_ROW, historyDamaged } from "./format.ts";
import type { SealedFile } from "./sealed-file.ts";
import { CHUNK_TABLE_ROW, decodeChunkRow, encodeChunkTable, sumUp } from "./sealed-rows.ts";
import type { SectionName, TrailerOne, TrailerTwo } from "./sealed-trailer.ts";
import { tableCache } from "./table-cache.ts";

/** The tables of a sealed segment of either version. Everything that they give is verified. */
export interface SealedTables {
  blockTable(): Buffer;
  chunkTable(): Buffer;
  /** The rows of one chunk of commits. */
  chunk(index: number): Buffer;
  extras(): Buffer;
  /** A further table of version 2; empty in version 1. */
  further(name: SectionName): Buffer;
}

type Owner = { file: SealedFile; firstTxid: number };

export class TablesTwo implements SealedTables {
  readonly #owner: Owner;
  readonly #trailer: TrailerTwo;

  constructor(owner: Owner, trailer: TrailerTwo) {
    this.#owner = owner;
    this.#trailer = trailer;
  }

  blockTable(): Buffer {
    return this.further("blocks");
  }
  chunkTable(): Buffer {
    return this.further("chunks");
  }
  extras(): Buffer {
    return this.further("extras");
  }

  further(name: SectionName): Buffer {
    const { file, firstTxid } = this.#owner;
    return tableCache.get(`${file.key}${name}`, () => {
      const { bytes, offset, crc } = this.#trailer.sections[name];
      const table = file.readChecked(bytes, offset, crc);
      const last = firstTxid + this.#trailer.commits - 1;
      if (!table) throw historyDamaged(file.path, `the table of ${name} fails its checksum`, firstTxid, last);
      return table;
    });
  }

  chunk(index: number): Buffer {
    const { file, firstTxid } = this.#owner;
    return tableCache.get(`${file.key}${index}`, () => {
      const { commits } = this.#trailer;
      const row = decodeChunkRow(this.chunkTable(), index);
      const count = Math.min(CHUNK_ROWS, commits - index * CHUNK_ROWS);
      const rows = file.readBlock({ ...row, rawBytes: count * COMMIT_ROW });
      if (!rows) throw chunkDamage(file, firstTxid, index, count);
      return rows;
    });
  }
}

/**
 * Version 1 has one checksum for all tables: they are read as a whole once, and the checksums of the chunks made then verify
 * what is read later.
 */
export class TablesOne implements SealedTables {
  readonly #owner: Owner;
  readonly #trailer: TrailerOne;
  #checked: { chunkTable: Buffer; crcs: { blocks: number; extras: number } } | null = null;

  constructor(owner: Owner, trailer: TrailerOne) {
    this.#owner = owner;
    this.#trailer = trailer;
  }

  blockTable(): Buffer {
    const { offset } = this.#trailer.tables;
    return this.#piece("blocks", this.#blockBytes, offset, this.#check().crcs.blocks);
  }

  chunkTable(): Buffer {
    return this.#check().chunkTable;
  }

  extras(): Buffer {
    const { offset, bytes } = this.#trailer.tables;
    const before = this.#blockBytes + this.#trailer.commits * COMMIT_ROW;
    return this.#piece("extras", bytes - before, offset + before, this.#check().crcs.extras);
  }

  further(): Buffer {
    return Buffer.alloc(0);
  }

  chunk(index: number): Buffer {
    const row = decodeChunkRow(this.chunkTable(), index);
    return this.#piece(`${index}`, row.storedBytes, row.offset, row.crc);
  }

  get #blockBytes(): number {
    return this.#trailer.blocks * BLOCK_TABLE_ROW;
  }

  #piece(name: string, bytes: number, at: number, crc: number): Buffer {
    const { file } = this.#owner;
    return tableCache.get(`${file.key}${name}`, () => {
      const piece = file.readChecked(bytes, at, crc);
      if (!piece) throw this.#damage();
      return piece;
    });
  }

  #check() {
    if (this.#checked) return this.#checked;
    const { tables, commits } = this.#trailer;
    const raw = this.#owner.file.readChecked(tables.bytes, tables.offset, tables.crc);
    if (!raw) throw this.#damage();
    const rowsAt = this.#blockBytes;
    const extrasAt = rowsAt + commits * COMMIT_ROW;
    const chunks = [];
    for (let at = rowsAt; at < extrasAt; at += CHUNK_ROWS * COMMIT_ROW) {
      const rows = raw.subarray(at, Math.min(extrasAt, at + CHUNK_ROWS * COMMIT_ROW));
      chunks.push({ offset: tables.offset + at, storedBytes: rows.length, crc: crc32(rows), ...sumUp(rows) });
    }
    const crcs = { blocks: crc32(raw.subarray(0, rowsAt)), extras: crc32(raw.subarray(extrasAt)) };
    this.#checked = { chunkTable: encodeChunkTable(chunks), crcs };
    return this.#checked;
  }

  #damage() {
    const { file, firstTxid } = this.#owner;
    const last = firstTxid + this.#trailer.commits - 1;
    return historyDamaged(file.path, "the commit table fails its checksum", firstTxid, last);
  }
}

function chunkDamage(file: SealedFile, firstTxid: number, index: number, count: number) {
  const from = firstTxid + index * CHUNK_ROWS;
  return historyDamaged(file.path, "rows of the commit table fail their checksum", from, from + count - 1);
}

/** How many chunks a table of chunks names. */
export const chunksOf = (table: Buffer): number => table.length / CHUNK_TABLE_ROW;
