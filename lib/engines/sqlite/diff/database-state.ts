import type { PageSource } from "../../engine.ts";
import { damagedPage } from "./damaged-page.ts";
import { readU32, TreePage } from "./tree-page.ts";

export type TextEncoding = "utf8" | "utf16le" | "utf16be";
const ENCODINGS: Readonly<Record<number, TextEncoding>> = { 2: "utf16le", 3: "utf16be" };
const LOCK_BYTES_AT = 0x40000000;

/** One committed state of a database, read page by page (SQLite's file format document; nothing of SQLite's own runs). */
export class DatabaseState {
  readonly pageSize: number;
  readonly pageCount: number;
  /** Bytes of a page without those reserved at its end. */
  readonly usable: number;
  readonly encoding: TextEncoding;
  readonly #source: PageSource;
  readonly #header: Uint8Array;
  #twin: { state: DatabaseState; isSame(page: number): boolean } | null = null;

  constructor(source: PageSource) {
    this.#source = source;
    this.pageSize = source.pageSize;
    this.pageCount = source.pageCount;
    this.#header = this.pageCount === 0 ? new Uint8Array(source.pageSize) : source.read(1);
    this.usable = source.pageSize - (this.#header[20] ?? 0);
    if (this.usable < 480) throw damagedPage(1, "it reserves more of each page than SQLite allows");
    this.encoding = ENCODINGS[readU32(this.#header, 56)] ?? "utf8";
  }

  /** Nothing has ever been written into it: it has neither a schema nor a header. */
  get isEmpty(): boolean {
    return this.pageCount === 0 || readU32(this.#header, 0) === 0;
  }

  /** From now on pages that are the same in another state are taken from there: what both need is then computed once. */
  readSameFrom(state: DatabaseState, isSame: (page: number) => boolean): void {
    this.#twin = { state, isSame };
  }

  page(number: number): Uint8Array {
    if (number < 1 || number > this.pageCount)
      throw damagedPage(number, "something refers to it, and it does not exist");
    const twin = this.#twin;
    if (twin && number <= twin.state.pageCount && twin.isSame(number)) return twin.state.page(number);
    return this.#source.read(number);
  }

  treePage(number: number): TreePage {
    return new TreePage(number, this.page(number), this.usable);
  }

  /** Free pages, and those of SQLite's own that hold nobody's rows: pointer maps and the page of the lock bytes. */
  addUnused(into: { add(page: number): void }): void {
    if (this.isEmpty) return;
    const lockPage = LOCK_BYTES_AT / this.pageSize + 1;
    if (lockPage <= this.pageCount) into.add(lockPage);
    if (readU32(this.#header, 52) !== 0) this.#addPointerMaps(into, lockPage);
    const perTrunk = this.usable / 4 - 2;
    let trunk = readU32(this.#header, 32);
    for (let seen = 0; trunk !== 0; seen++) {
      if (seen > this.pageCount) throw damagedPage(trunk, "the list of free pages goes in circles");
      const bytes = this.page(trunk);
      const count = readU32(bytes, 4);
      if (count > perTrunk) throw damagedPage(trunk, "its list of free pages is longer than it can be");
      into.add(trunk);
      for (let i = 0; i < count; i++) {
        const free = readU32(bytes, 8 + 4 * i);
        if (free > this.pageCount) throw damagedPage(trunk, "its list of free pages names one that does not exist");
        into.add(free);
      }
      trunk = readU32(bytes, 0);
    }
  }

  /** The same document, "Pointer Map or Ptrmap Pages". */
  #addPointerMaps(into: { add(page: number): void }, lockPage: number): void {
    const stride = Math.floor(this.usable / 5) + 1;
    for (let page = 2; page <= this.pageCount; page += stride) into.add(page === lockPage ? page + 1 : page);
  }
}
