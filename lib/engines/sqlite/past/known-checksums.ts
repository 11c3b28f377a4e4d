import path from "node:path";
import { crc32 } from "node:zlib";
import { MIRROR_CHECKSUMS_NAME } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import { readPageChecksums } from "../history/page-checksums.ts";
import type { StepCache } from "./sealed-steps.ts";
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
  constructor(history: History, txid: number, later: StepTrail, cache: StepCache) {
    this.#later = later;
    const zeroCrc = crc32(Buffer.alloc(history.pageSize));
    const mirror = readPageChecksums(path.join(history.directory, MIRROR_CHECKSUMS_NAME));
    const isOurs = mirror?.historyId.equals(history.historyId) && mirror.pageSize === history.pageSize;
    if (mirror && isOurs && mirror.txid >= history.baseTxid() && mirror.txid <= history.newest().txid) {
      this.#tableOf = (page) => mirror.table[page - 1] ?? zeroCrc;
      // A table of a later commit is right for each page that nothing behind `txid` has touched.
      this.#between = mirror.txid < txid ? new StepTrail(history, mirror.txid + 1, txid, cache) : null;
      return;
    }
    const base = history.base();
    this.#tableOf = (page) => (page <= base.sizePages ? base.crcOf(page) : zeroCrc);
    this.#between = new StepTrail(history, base.txid + 1, txid, cache);
  }

  of(page: number): number {
    return this.#later.crcBeforeFirst(page) ?? this.#between?.crcAfterLast(page) ?? this.#tableOf(page);
  }
}
