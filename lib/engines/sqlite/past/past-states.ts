import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { PageSource } from "../../engine.ts";
import type { History } from "../history/open-history.ts";
import { PageSet } from "../history/page-set.ts";
import { prunedMeanwhile } from "../history/sealed-file.ts";
import { BackwardPages } from "./backward-pages.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { ForwardPages } from "./forward-pages.ts";
import { HistoryReading } from "./history-reading.ts";
import { StepTrail } from "./step-trail.ts";

export type PastOptions = {
  /** How much of the history, and how many pages of the states, may be kept in memory. */
  cacheBytes?: number;
};

const CACHE_BYTES = 64 * 1024 * 1024;
/** Of each state. */
const PAGES_SHARE = 1 / 4;

/** Several states of one history, which read it together. The history stays the caller's, who closes it after the sources. */
export class PastStates {
  readonly #reading: HistoryReading;
  readonly #pagesBytes: number;

  /** @param txids the commits whose states are opened later on */
  constructor(history: History, txids: readonly number[], { cacheBytes = CACHE_BYTES }: PastOptions = {}) {
    this.#pagesBytes = cacheBytes * Math.min(PAGES_SHARE, 1 / (2 * txids.length));
    this.#reading = new HistoryReading(history, txids, cacheBytes - this.#pagesBytes * txids.length);
  }

  /** See `openPast`. */
  open(txid: number): PageSource {
    return new PastPages(this.#reading, txid, this.#pagesBytes);
  }

  /** Every page that commits `fromTxid` to `toTxid` touched, and perhaps more. Throws `history_damaged`. */
  touched(fromTxid: number, toTxid: number): PageSet {
    const pages = new PageSet();
    new StepTrail(this.#reading, fromTxid, toTxid).addTouched(pages);
    return pages;
  }
}

type Way = { read(page: number): Buffer; close(): void };

class PastPages implements PageSource {
  readonly pageSize: number;
  readonly pageCount: number;
  readonly #ways: (() => Way)[];
  readonly #opened: (Way | null)[] = [];
  readonly #pages: BoundedCache<number, Buffer>;

  constructor(reading: HistoryReading, txid: number, pagesBytes: number) {
    const { history } = reading;
    const commit = history.byTxid(txid);
    if (!commit) throw prunedMeanwhile();
    this.pageSize = history.pageSize;
    this.pageCount = commit.sizeAfter;
    this.#pages = new BoundedCache(pagesBytes, ({ length }) => length);
    const forward = () => new ForwardPages(reading, txid);
    const backward = () => new BackwardPages(reading, txid);
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
