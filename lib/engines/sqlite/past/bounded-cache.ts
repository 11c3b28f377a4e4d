/** What was used last, within a bound of bytes; what was used longest ago goes first. */
export class BoundedCache<Key, Piece> {
  readonly #limitBytes: number;
  readonly #bytesOf: (piece: Piece) => number;
  readonly #pieces = new Map<Key, Piece>();
  #bytes = 0;

  constructor(limitBytes: number, bytesOf: (piece: Piece) => number) {
    this.#limitBytes = limitBytes;
    this.#bytesOf = bytesOf;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The piece known under this key; otherwise what `load` gives, which is kept. */
  get(key: Key, load: () => Piece): Piece {
    const known = this.#pieces.get(key);
    if (known !== undefined) {
      // The order in a Map is that of insertion: the first is the one used longest ago. While it is far from full it need not be kept.
      if (this.#bytes > this.#limitBytes / 2) {
        this.#pieces.delete(key);
        this.#pieces.set(key, known);
      }
      return known;
    }
    const piece = load();
    this.#pieces.set(key, piece);
    this.#bytes += this.#bytesOf(piece);
    for (const [oldest, old] of this.#pieces) {
      if (this.#bytes <= this.#limitBytes || oldest === key) break;
      this.#pieces.delete(oldest);
      this.#bytes -= this.#bytesOf(old);
    }
    return piece;
  }

  clear(): void {
    this.#pieces.clear();
    this.#bytes = 0;
  }
}
