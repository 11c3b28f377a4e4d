/** Numbers of pages, from 1 on; one bit each. */
export class PageSet {
  /** Whole words. */
  #bits = new Uint8Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(page: number): boolean {
    return ((this.#bits[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }

  /** Whether the page is new in it. */
  add(page: number): boolean {
    const index = page >>> 3;
    if (index >= this.#bits.length) {
      const grown = new Uint8Array(Math.max((index | 3) + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const byte = this.#bits[index] as number;
    const bit = 1 << (page & 7);
    if ((byte & bit) !== 0) return false;
    this.#bits[index] = byte | bit;
    this.#size++;
    return true;
  }

  delete(page: number): void {
    if (!this.has(page)) return;
    this.#bits[page >>> 3] = (this.#bits[page >>> 3] ?? 0) & ~(1 << (page & 7));
    this.#size--;
  }

  /** Those that `other` has too and `without` has not. */
  sharedWith(other: PageSet, without: PageSet): PageSet {
    const shared = new PageSet();
    const [own, others, left] = [wordsOf(this.#bits), wordsOf(other.#bits), wordsOf(without.#bits)];
    const words = new Uint32Array(Math.min(own.length, others.length));
    for (let index = 0; index < words.length; index++) {
      const both = (own[index] as number) & (others[index] as number) & ~(left[index] ?? 0);
      words[index] = both;
      if (both !== 0) shared.#size += bitsIn(both);
    }
    shared.#bits = new Uint8Array(words.buffer);
    return shared;
  }

  /** Ascending. What is deleted meanwhile may still come. */
  *[Symbol.iterator](): Generator<number> {
    const bits = this.#bits;
    for (let index = 0; index < bits.length; index++) {
      const byte = bits[index] as number;
      if (byte === 0) continue;
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) yield index * 8 + bit;
    }
  }
}

const wordsOf = (bits: Uint8Array) => new Uint32Array(bits.buffer, bits.byteOffset, bits.length / 4);

/** How many bits of a 32-bit word are set (Warren, Hacker's Delight, section 5-1). */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
