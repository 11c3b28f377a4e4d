import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import { historyDamaged } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import type { HistoryReading } from "./history-reading.ts";
import { StepTrail } from "./step-trail.ts";

/** Pages of a state taken forwards from the base image. All of it stands still. */
export class ForwardPages {
  readonly #base: ReturnType<History["base"]>;
  readonly #fd: number;
  readonly #trail: StepTrail;
  readonly #txid: number;
  readonly #pageSize: number;
  readonly #zeroCrc: number;

  /** Throws `history_damaged` when there is no base image, or none that is old enough. */
  constructor(reading: HistoryReading, txid: number) {
    const { history } = reading;
    this.#base = history.base();
    this.#txid = txid;
    this.#pageSize = history.pageSize;
    this.#zeroCrc = crc32(Buffer.alloc(history.pageSize));
    if (txid < this.#base.txid) throw historyDamaged(this.#base.path, "it is newer than the state", txid, txid);
    this.#trail = new StepTrail(reading, this.#base.txid + 1, txid);
    // Kept open: pruning may remove the image while it is read.
    this.#fd = disk.openSync(this.#base.path, "r");
  }

  /** The page's content, checked. Throws `history_damaged`. */
  read(page: number): Buffer {
    const content = Buffer.from(new ArrayBuffer(this.#pageSize));
    const isThere = page <= this.#base.sizePages;
    const startCrc = isThere ? this.#base.crcOf(page) : this.#zeroCrc;
    if (isThere) {
      readWhole(this.#fd, content, (page - 1) * this.#pageSize);
      if (crc32(content) !== startCrc) throw this.#damage(page);
    }
    const steps = this.#trail.steps(page);
    for (const step of steps) step.apply(content);
    const wanted = steps[0]?.crcAfter ?? startCrc;
    if (steps.length > 0 && crc32(content) !== wanted) throw this.#damage(page);
    return content;
  }

  close(): void {
    disk.closeSync(this.#fd);
  }

  #damage(page: number) {
    return historyDamaged(this.#base.path, `page ${page} fails its checksum`, this.#base.txid, this.#txid);
  }
}
