/** The verified pieces of tables that were used last, of all histories this process has open; those used longest ago go. */
export class TableCache {
  readonly #limitBytes: number;
  readonly #pieces = new Map<string, Buffer>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The piece known under this key; otherwise what `load` gives, which is kept. */
  get(key: string, load: () => Buffer): Buffer {
    const known = this.#pieces.get(key);
    if (known) {
      // The order in a Map is that of insertion: the first is the one used longest ago.
      this.#pieces.delete(key);
      this.#pieces.set(key, known);
      return known;
    }
    const piece = load();
    this.#pieces.set(key, piece);
    this.#bytes += piece.length;
    for (const [oldest, { length }] of this.#pieces) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#pieces.delete(oldest);
      this.#bytes -= length;
    }
    return piece;
  }

  /** Drops every piece whose key begins so. */
  forget(prefix: string): void {
    for (const [key, { length }] of this.#pieces) {
      if (!key.startsWith(prefix)) continue;
      this.#pieces.delete(key);
      this.#bytes -= length;
    }
  }
}

/** One for the whole process, so that many open histories cost no more than one. */
export const tableCache = new TableCache(8 * 1024 * 1024);
