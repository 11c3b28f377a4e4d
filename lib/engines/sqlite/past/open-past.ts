import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { PageSource } from "../../engine.ts";
import type { History } from "../history/open-history.ts";
import { prunedMeanwhile } from "../history/sealed-file.ts";
import { BackwardPages } from "./backward-pages.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { ForwardPages } from "./forward-pages.ts";
import type { StepCache } from "./sealed-steps.ts";

export type PastOptions = {
  /** How much of the history, and how many pages of the state, may be kept in memory. */
  cacheBytes?: number;
};

const CACHE_BYTES = 64 * 1024 * 1024;
const PAGES_SHARE = 1 / 4;

/**
 * The pages of the database as it was right after commit `txid`, in any order, while its history goes on growing. Each is computed
 * when it is read, from the nearer end of the history, or else from the other, and is what the history names by its CRC-32
 * or is not given: `history_damaged`, or `conflict` once pruning has taken the moment away. The history stays the caller's, who closes it after the source.
 */
export function openPast(history: History, txid: number, options: PastOptions = {}): PageSource {
  return new PastPages(history, txid, options.cacheBytes ?? CACHE_BYTES);
}

type Way = { read(page: number): Buffer; close(): void };

class PastPages implements PageSource {
  readonly pageSize: number;
  readonly pageCount: number;
  readonly #ways: (() => Way)[];
  readonly #opened: (Way | null)[] = [];
  readonly #pages: BoundedCache<number, Buffer>;

  constructor(history: History, txid: number, cacheBytes: number) {
    const commit = history.byTxid(txid);
    if (!commit) throw prunedMeanwhile();
    this.pageSize = history.pageSize;
    this.pageCount = commit.sizeAfter;
    const pagesBytes = cacheBytes * PAGES_SHARE;
    this.#pages = new BoundedCache(pagesBytes, ({ length }) => length);
    const cache: StepCache = new BoundedCache(cacheBytes - pagesBytes, (piece) =>
      Buffer.isBuffer(piece) ? piece.length : piece.bytes,
    );
    const forward = () => new ForwardPages(history, txid, cache);
    const backward = () => new BackwardPages(history, txid, cache);
    const [back, forth] = [
      history.stepBytes(txid + 1, history.newest().txid),
      history.stepBytes(history.baseTxid() + 1, txid),
    ];
    this.#ways = back <= forth ? [backward, forward] : [forward, backward];
  }

  read(page: number): Buffer {
    assert(page >= 1 && page <= this.pageCount, "a page lies within the database");
    return this.#pages.get(page, () => this.#compute(page));
  }

  close(): void {
    for (const way of this.#opened.splice(0)) way?.close();
    this.#pages.clear();
  }

  #compute(page: number): Buffer {
    const failures: LastgoodError[] = [];
    for (let index = 0; index < this.#ways.length; index++) {
      try {
        return this.#way(index).read(page);
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code !== "history_damaged") throw error;
        failures.push(error);
      }
    }
    throw new LastgoodError(
      "history_damaged",
      `Page ${page} cannot be brought back: neither end of the history yields it.`,
      { hint: "Choose another moment, and have the history verified.", causes: failures.map(({ message }) => message) },
    );
  }

  #way(index: number): Way {
    const known = this.#opened[index];
    if (known) return known;
    const way = this.#ways[index]?.();
    assert(way, "there are two ways");
    this.#opened[index] = way;
    return way;
  }
}
