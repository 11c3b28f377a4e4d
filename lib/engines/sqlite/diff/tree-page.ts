import { damagedPage } from "./damaged-page.ts";
import { readVarint, type VarInteger, varintSize } from "./varint.ts";

/** What a B-tree is made of: rows by their number, or entries in the order of their values (indexes, WITHOUT ROWID tables). */
export type TreeKind = "rowid" | "index";

const LEAF = 8;
const TYPES: Readonly<Record<number, TreeKind>> = { 2: "index", 5: "rowid", 10: "index", 13: "rowid" };
const FILE_HEADER = 100;
const MOST_PAYLOAD = 0x7fffffff;

/** Where a cell's payload lies: `localBytes` of it at `at` of its page, the rest in the chain that begins with page `overflow`. */
export type CellPlace = { rowid: VarInteger; payloadBytes: number; at: number; localBytes: number; overflow: number };

/** A page of a B-tree (SQLite's file format document, section 1.6). Throws `history_damaged` for what cannot be one. */
export class TreePage {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly kind: TreeKind;
  readonly isLeaf: boolean;
  readonly cellCount: number;
  readonly #usable: number;
  readonly #header: number;

  /** @param usable bytes of a page without those reserved at its end */
  constructor(number: number, bytes: Uint8Array, usable: number) {
    this.number = number;
    this.bytes = bytes;
    this.#usable = usable;
    this.#header = number === 1 ? FILE_HEADER : 0;
    const type = bytes[this.#header] ?? 0;
    const kind = TYPES[type];
    if (!kind) throw damagedPage(number, "it is no page of a table or an index");
    this.kind = kind;
    this.isLeaf = (type & LEAF) !== 0;
    this.cellCount = this.#u16(this.#header + 3);
    const end = this.#header + (this.isLeaf ? 8 : 12) + 2 * this.cellCount;
    if (end > usable) throw damagedPage(number, "it claims more cells than it has room for");
  }

  /** Children of an interior page: one left of each cell, and the right-most one. */
  get childCount(): number {
    return this.isLeaf ? 0 : this.cellCount + 1;
  }

  child(index: number): number {
    return this.#u32(index === this.cellCount ? this.#header + 8 : this.#cellAt(index));
  }

  /** Of an interior page of rows: the largest rowid that its child `index` can hold; null for the right-most child. */
  boundOf(index: number): VarInteger | null {
    return index === this.cellCount ? null : readVarint(this.bytes, this.#cellAt(index) + 4);
  }

  rowid(index: number): VarInteger {
    const at = this.#cellAt(index);
    return readVarint(this.bytes, at + varintSize(this.bytes, at));
  }

  /** Not of interior pages of rows, whose cells hold no row. */
  cell(index: number): CellPlace {
    let at = this.#cellAt(index) + (this.isLeaf ? 0 : 4);
    const payloadBytes = Number(readVarint(this.bytes, at));
    at += varintSize(this.bytes, at);
    if (payloadBytes < 0 || payloadBytes > MOST_PAYLOAD) throw damagedPage(this.number, `cell ${index} is too long`);
    let rowid: VarInteger = 0;
    if (this.kind === "rowid") {
      rowid = readVarint(this.bytes, at);
      at += varintSize(this.bytes, at);
    }
    const localBytes = localBytesOf(payloadBytes, this.#usable, this.kind);
    const isCut = localBytes < payloadBytes;
    if (at + localBytes + (isCut ? 4 : 0) > this.#usable) {
      throw damagedPage(this.number, `cell ${index} goes on beyond its end`);
    }
    return { rowid, payloadBytes, at, localBytes, overflow: isCut ? this.#u32(at + localBytes) : 0 };
  }

  #cellAt(index: number): number {
    const at = this.#u16(this.#header + (this.isLeaf ? 8 : 12) + 2 * index);
    if (at < this.#header + 8 || at + 4 > this.#usable) throw damagedPage(this.number, `cell ${index} lies outside`);
    return at;
  }

  #u16(at: number): number {
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0);
  }

  #u32(at: number): number {
    return readU32(this.bytes, at);
  }
}

export function readU32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** How much of a payload stands in its cell: the same document, "Cell Payload Overflow Pages". */
function localBytesOf(payloadBytes: number, usable: number, kind: TreeKind): number {
  const most = kind === "rowid" ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (payloadBytes <= most) return payloadBytes;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const kept = least + ((payloadBytes - least) % (usable - 4));
  return kept <= most ? kept : least;
}
