import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";

/** Words of page 1 that are kept: the file's header (100 bytes) and the head of the page's own B-tree. */
const FIRST_WORDS = 28;
const FIRST_HEAD = 25;
/** Words of every other page: type and number of cells stand in its first 5 bytes. */
const HEAD_WORDS = 2;
const READ_AT_ONCE = 4 * 1024 * 1024;

/** Types of B-tree pages that hold rows: SQLite's file format document, section 1.6. */
const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;
const TABLE_INTERIOR = 0x05;
const INDEX_INTERIOR = 0x02;

/** What one page's step did to the rows that its head tells of. */
export type HeadChange = {
  /** Rows of tables, and entries of indexes (the rows of WITHOUT ROWID tables are such entries). */
  rows: number;
  entries: number;
  /** Rows and entries before. */
  former: number;
  /** The page held rows, or led to pages that do, and is an empty leaf now: whatever has its root there is empty. */
  emptied: boolean;
};

const swap = (word: number) => ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/**
 * The first bytes of every page at one commit of a history, and how they change from commit to commit. Steps are sparse XOR,
 * so nothing else of a page needs to be known. About 2 MB for a database of 1 GB.
 */
export class PageHeads {
  #words: Int32Array;
  readonly #first: Int32Array;
  #pages: number;
  /** Cells in leaves of tables and of indexes, those of free pages that were not overwritten included. */
  tableCells = 0;
  indexCells = 0;

  constructor(pages: number, first: Int32Array = new Int32Array(FIRST_WORDS), words = new Int32Array(pages * 2)) {
    this.#pages = pages;
    this.#first = first;
    this.#words = words;
    for (let page = 1; page <= pages; page++) this.#count(page, 1);
  }

  /** Those of an image of the whole database. */
  static ofImage(file: string, pageSize: number, sizePages: number): PageHeads {
    const first = new Int32Array(FIRST_WORDS);
    const words = new Int32Array(sizePages * HEAD_WORDS);
    const perChunk = Math.max(1, Math.floor(READ_AT_ONCE / pageSize));
    const fd = disk.openSync(file, "r");
    try {
      for (let done = 0; done < sizePages; done += perChunk) {
        const chunk = readUpTo(fd, Math.min(perChunk, sizePages - done) * pageSize, done * pageSize);
        for (let i = 0; (i + 1) * pageSize <= chunk.length; i++) {
          if (done + i === 0) continue;
          words[(done + i) * HEAD_WORDS] = chunk.readInt32LE(i * pageSize);
          words[(done + i) * HEAD_WORDS + 1] = chunk.readInt32LE(i * pageSize + 4);
        }
        if (done > 0) continue;
        for (let word = 0; word < FIRST_WORDS; word++) first[word] = chunk.readInt32LE(word * 4);
      }
    } finally {
      disk.closeSync(fd);
    }
    return new PageHeads(sizePages, first, words);
  }

  get pages(): number {
    return this.#pages;
  }

  /** The words themselves, for the file: page 1's, then two of each page. */
  encoded(): Buffer[] {
    const bytes = (words: Int32Array) => Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    return [bytes(this.#first), bytes(this.#words.subarray(0, this.#pages * HEAD_WORDS))];
  }

  /** Takes back what `encoded` gave. */
  static decode(raw: Buffer, pages: number): PageHeads {
    const words = new Int32Array(Uint8Array.from(raw).buffer);
    return new PageHeads(
      pages,
      words.slice(0, FIRST_WORDS),
      words.slice(FIRST_WORDS, FIRST_WORDS + pages * HEAD_WORDS),
    );
  }

  static encodedBytes(pages: number): number {
    return (FIRST_WORDS + pages * HEAD_WORDS) * 4;
  }

  /** Numbers of the file's header: SQLite's file format document, section 1.3. */
  get freePages(): number {
    return swap(this.#first[9] as number);
  }
  get schemaCookie(): number {
    return swap(this.#first[10] as number);
  }

  /** Takes the step of one page. The database has at least `page` pages before or after it. */
  apply(page: number, delta: Uint8Array): HeadChange {
    if (page > this.#pages) this.#resize(page);
    const [type, cells] = this.#head(page);
    this.#count(page, -1);
    this.#xor(page, delta);
    this.#count(page, 1);
    const [typeAfter, cellsAfter] = this.#head(page);
    const rows = (typeAfter === TABLE_LEAF ? cellsAfter : 0) - (type === TABLE_LEAF ? cells : 0);
    const entries = (typeAfter === INDEX_LEAF ? cellsAfter : 0) - (type === INDEX_LEAF ? cells : 0);
    const former = type === TABLE_LEAF || type === INDEX_LEAF ? cells : 0;
    const isEmptyLeaf = (typeAfter === TABLE_LEAF || typeAfter === INDEX_LEAF) && cellsAfter === 0;
    const heldMany = type === TABLE_INTERIOR || type === INDEX_INTERIOR || cells > 0;
    return { rows, entries, former, emptied: isEmptyLeaf && heldMany && isSameKind(type, typeAfter) };
  }

  /** What lies beyond is gone; the steps of those pages have been taken. */
  truncate(pages: number): void {
    if (pages < this.#pages) this.#words.fill(0, pages * HEAD_WORDS, this.#pages * HEAD_WORDS);
    if (pages > this.#pages) this.#resize(pages);
    this.#pages = pages;
  }

  #head(page: number): [type: number, cells: number] {
    const isFirst = page === 1;
    const low = (isFirst ? this.#first[FIRST_HEAD] : this.#words[(page - 1) * HEAD_WORDS]) as number;
    const high = (isFirst ? this.#first[FIRST_HEAD + 1] : this.#words[(page - 1) * HEAD_WORDS + 1]) as number;
    return [low & 0xff, ((low >>> 24) << 8) | (high & 0xff)];
  }

  #count(page: number, sign: 1 | -1): void {
    const [type, cells] = this.#head(page);
    if (type === TABLE_LEAF) this.tableCells += sign * cells;
    else if (type === INDEX_LEAF) this.indexCells += sign * cells;
  }

  /** Applies the beginning of a delta (see `page-delta.ts`): runs of words to skip and words to change. */
  #xor(page: number, delta: Uint8Array): void {
    const target = page === 1 ? this.#first : this.#words;
    const from = page === 1 ? 0 : (page - 1) * HEAD_WORDS;
    const limit = page === 1 ? FIRST_WORDS : HEAD_WORDS;
    let word = 0;
    for (let at = 0; at + 4 <= delta.length; ) {
      word += (delta[at] as number) | ((delta[at + 1] as number) << 8);
      const count = (delta[at + 2] as number) | ((delta[at + 3] as number) << 8);
      at += 4;
      if (word >= limit) return;
      for (let i = 0; i < count && word + i < limit; i++) {
        const value =
          (delta[at + i * 4] as number) |
          ((delta[at + i * 4 + 1] as number) << 8) |
          ((delta[at + i * 4 + 2] as number) << 16) |
          ((delta[at + i * 4 + 3] as number) << 24);
        target[from + word + i] = (target[from + word + i] as number) ^ value;
      }
      word += count;
      at += count * 4;
    }
  }

  #resize(pages: number): void {
    if (pages * HEAD_WORDS > this.#words.length) {
      const grown = new Int32Array(Math.max(pages, Math.ceil(this.#pages * 1.5)) * HEAD_WORDS);
      grown.set(this.#words.subarray(0, this.#pages * HEAD_WORDS));
      this.#words = grown;
    }
    this.#pages = pages;
  }
}

const isSameKind = (a: number, b: number) =>
  (b === TABLE_LEAF && (a === TABLE_LEAF || a === TABLE_INTERIOR)) ||
  (b === INDEX_LEAF && (a === INDEX_LEAF || a === INDEX_INTERIOR));
