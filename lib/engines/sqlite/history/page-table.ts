import { COMMIT_HEADER, PAGE_HEADER, PAGES_HEADER, RECORD } from "./payload.ts";

/** Row of a page table: page, CRC before its first step, CRC after its last one, index of the commits of both. */
export const PAGE_ROW = 20;
/** A segment that touches more pages gets no page table: memory while sealing stays bounded (about 30 MB at this many). */
const MOST_PAGES = 2 ** 20;
/** Of page 1: SQLite's schema cookie, as a word of the page. */
const COOKIE_WORD = 10;

/** Where pages of a segment begin and end: what is gathered of each page in typed arrays, found by open addressing. */
export class PageTable {
  /** By slot, in order of first touch. */
  #page = new Uint32Array(1024);
  #crcBefore = new Uint32Array(1024);
  #crcAfter = new Uint32Array(1024);
  #first = new Uint32Array(1024);
  #last = new Uint32Array(1024);
  #deltaBytes = new Uint32Array(1024);
  #buckets = new Int32Array(4096).fill(-1);
  #size = 0;
  /** XOR of page 1's schema cookie, big-endian, against what it was before the segment; each that it ever had. */
  readonly cookies = new Set<number>();
  #cookie = 0;
  isOverfull = false;

  get size(): number {
    return this.#size;
  }

  /** Takes in the pages of a record of commit `index` at `at`; other records are passed by. */
  take(payload: Buffer, at: number, index: number): void {
    for (const { page, crcBefore, crcAfter, from, bytes } of pagesOf(payload, at)) {
      if (this.isOverfull) return;
      this.#touch(page, crcBefore, crcAfter, index, bytes);
      if (page === 1) this.#noteCookie(payload.subarray(from, from + bytes));
    }
  }

  /** The slots in order of their pages. */
  sorted(): Uint32Array {
    // Page and slot in one number that a double holds exactly: sorting plain numbers is many times faster than by a function.
    const keys = new Float64Array(this.#size);
    for (let slot = 0; slot < keys.length; slot++) keys[slot] = (this.#page[slot] as number) * MOST_PAGES + slot;
    return Uint32Array.from(keys.sort(), (key) => key % MOST_PAGES);
  }

  /** At most so many bytes come out when all steps of each page are composed into one. */
  composedAtMost(pageSize: number): number {
    let bytes = 0;
    for (let slot = 0; slot < this.#size; slot++) {
      bytes += PAGE_HEADER + Math.min(pageSize + 8, this.#deltaBytes[slot] as number);
    }
    return bytes;
  }

  pageOf(slot: number): number {
    return this.#page[slot] as number;
  }
  crcBeforeOf(slot: number): number {
    return this.#crcBefore[slot] as number;
  }
  crcAfterOf(slot: number): number {
    return this.#crcAfter[slot] as number;
  }

  /** -1 for a page that is not in it. */
  slotOf(page: number): number {
    return this.#buckets[this.#bucketOf(page)] as number;
  }

  /** The rows of some slots as they are stored. */
  encode(slots: Uint32Array): Buffer {
    const rows = Buffer.alloc(slots.length * PAGE_ROW);
    let at = 0;
    for (const slot of slots) {
      for (const column of [this.#page, this.#crcBefore, this.#crcAfter, this.#first, this.#last]) {
        at = rows.writeUInt32LE(column[slot] as number, at);
      }
    }
    return rows;
  }

  #touch(page: number, crcBefore: number, crcAfter: number, index: number, bytes: number): void {
    let slot = this.slotOf(page);
    if (slot < 0) {
      slot = this.#size;
      if (slot === MOST_PAGES) {
        this.isOverfull = true;
        return;
      }
      if (slot === this.#page.length) this.#grow();
      this.#buckets[this.#bucketOf(page)] = slot;
      this.#size++;
      this.#page[slot] = page;
      this.#crcBefore[slot] = crcBefore;
      this.#first[slot] = index;
    }
    this.#crcAfter[slot] = crcAfter;
    this.#last[slot] = index;
    // It only limits an estimate from above: what does not fit any more is large enough.
    this.#deltaBytes[slot] = Math.min(2 ** 32 - 1, (this.#deltaBytes[slot] as number) + bytes);
  }

  #bucketOf(page: number): number {
    const mask = this.#buckets.length - 1;
    let bucket = (Math.imul(page, 0x9e3779b1) >>> 8) & mask;
    for (;;) {
      const slot = this.#buckets[bucket] as number;
      if (slot < 0 || this.#page[slot] === page) return bucket;
      bucket = (bucket + 1) & mask;
    }
  }

  #grow(): void {
    const doubled = (column: Uint32Array) => {
      const larger = new Uint32Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.#page = doubled(this.#page);
    this.#crcBefore = doubled(this.#crcBefore);
    this.#crcAfter = doubled(this.#crcAfter);
    this.#first = doubled(this.#first);
    this.#last = doubled(this.#last);
    this.#deltaBytes = doubled(this.#deltaBytes);
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(-1);
    for (let slot = 0; slot < this.#size; slot++) this.#buckets[this.#bucketOf(this.#page[slot] as number)] = slot;
  }

  #noteCookie(delta: Buffer): void {
    let word = 0;
    for (let at = 0; at < delta.length; ) {
      word += delta.readUInt16LE(at);
      const count = delta.readUInt16LE(at + 2);
      if (COOKIE_WORD >= word && COOKIE_WORD < word + count) {
        this.#cookie = (this.#cookie ^ delta.readInt32BE(at + 4 + (COOKIE_WORD - word) * 4)) >>> 0;
      }
      word += count;
      at += 4 + count * 4;
    }
    this.cookies.add(this.#cookie);
  }
}

/** One page in a record: where its delta begins in the payload, and how long it is. */
export type PlacedPage = { page: number; crcBefore: number; crcAfter: number; from: number; bytes: number };

/** The pages of the record at `at`; none for a record that holds none. */
export function* pagesOf(payload: Buffer, at: number): Generator<PlacedPage> {
  const kind = payload[at];
  if (kind !== RECORD.pages && kind !== RECORD.commit) return;
  const isCommit = kind === RECORD.commit;
  const count = payload.readUInt32LE(at + (isCommit ? 52 : 12));
  let from = at + (isCommit ? COMMIT_HEADER : PAGES_HEADER);
  for (let i = 0; i < count; i++) {
    const bytes = payload.readUInt32LE(from + 12);
    yield {
      page: payload.readUInt32LE(from),
      crcBefore: payload.readUInt32LE(from + 4),
      crcAfter: payload.readUInt32LE(from + 8),
      from: from + PAGE_HEADER,
      bytes,
    };
    from += PAGE_HEADER + bytes;
  }
}
