/** Numbers of pages, from 1 on; one bit each. */
export class PageSet {
  #bits = new Uint8Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(page: number): boolean {
    return ((this.#bits[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }

  add(page: number): void {
    const index = page >>> 3;
    if (index >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(index + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    if (this.has(page)) return;
    this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (page & 7));
    this.#size++;
  }

  delete(page: number): void {
    if (!this.has(page)) return;
    this.#bits[page >>> 3] = (this.#bits[page >>> 3] ?? 0) & ~(1 << (page & 7));
    this.#size--;
  }

  /** Ascending. What is deleted meanwhile may still come. */
  *[Symbol.iterator](): Generator<number> {
    for (const [index, byte] of this.#bits.entries()) {
      if (byte === 0) continue;
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) yield index * 8 + bit;
    }
  }
}
