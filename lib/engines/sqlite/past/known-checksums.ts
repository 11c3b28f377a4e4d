import { crc32 } from "node:zlib";
import type { HistoryReading } from "./history-reading.ts";
import { StepTrail } from "./step-trail.ts";

/**
 * What the history names as the CRC-32 of each page at one commit: by the page's first step behind it, or else by a table of
 * checksums (the mirror's, or the base image's) and the steps from there.
 */
export class KnownChecksums {
  readonly #later: StepTrail;
  readonly #between: StepTrail | null;
  readonly #tableOf: (page: number) => number;

  /** @param later the steps behind commit `txid`. Throws `history_damaged` where no table is known. */
  constructor(reading: HistoryReading, txid: number, later: StepTrail) {
    this.#later = later;
    const { history } = reading;
    const zeroCrc = crc32(Buffer.alloc(history.pageSize));
    const mirror = reading.mirrorChecksums();
    if (mirror && mirror.txid >= history.baseTxid() && mirror.txid <= history.newest().txid) {
      this.#tableOf = (page) => mirror.table[page - 1] ?? zeroCrc;
      // A table of a later commit is right for each page that nothing behind `txid` has touched.
      this.#between = mirror.txid < txid ? new StepTrail(reading, mirror.txid + 1, txid) : null;
      return;
    }
    const base = history.base();
    this.#tableOf = (page) => (page <= base.sizePages ? base.crcOf(page) : zeroCrc);
    this.#between = new StepTrail(reading, base.txid + 1, txid);
  }

  of(page: number): number {
    return this.#later.crcBeforeFirst(page) ?? this.#between?.crcAfterLast(page) ?? this.#tableOf(page);
  }
}
