import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import { historyDamaged, MIRROR_NAME } from "../history/format.ts";
import type { History } from "../history/open-history.ts";
import type { HistoryReading } from "./history-reading.ts";
import { KnownChecksums } from "./known-checksums.ts";
import type { PageStep } from "./page-step.ts";
import { StepTrail } from "./step-trail.ts";

/** How often a page of the mirror that no step names is read again: the reader may be writing it. */
const MIRROR_TRIES = 8;
/** Once the mirror has failed so many pages it is not waited for any more. */
const PATIENT_PAGES = 4;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Pages of a state taken backwards from the mirror, which the reader goes on writing: a page of it counts only when its CRC-32
 * is that of a version that the history names, and the result only when it has the one named for the state. A record is
 * durable before the mirror is written, so what the mirror is ahead of this view is met by looking at the history again.
 */
export class BackwardPages {
  readonly #history: History;
  readonly #txid: number;
  readonly #later: StepTrail;
  readonly #known: KnownChecksums;
  #fd: number | null = null;
  #lostPages = 0;

  constructor(reading: HistoryReading, txid: number) {
    this.#history = reading.history;
    this.#txid = txid;
    this.#later = new StepTrail(reading, txid + 1, null);
    this.#known = new KnownChecksums(reading, txid, this.#later);
  }

  /** The page's content, checked. Throws `history_damaged` when the mirror does not hold it, or the way is damaged. */
  read(page: number): Buffer {
    const tries = this.#lostPages < PATIENT_PAGES ? MIRROR_TRIES : 2;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) this.#lookAgain(attempt);
      const content = this.#readOnce(page, attempt > 1);
      if (content) return content;
    }
    this.#lostPages++;
    throw historyDamaged(MIRROR_NAME, `page ${page} fails its checksum`, this.#txid, null);
  }

  close(): void {
    if (this.#fd !== null) disk.closeSync(this.#fd);
    this.#fd = null;
  }

  /** @param isFine whether the mirror may hold a version that larger steps pass over */
  #readOnce(page: number, isFine: boolean): Buffer | null {
    const content = this.#readMirror(page);
    if (!content) return null;
    const crc = crc32(content);
    const wanted = this.#known.of(page);
    if (crc === wanted) return content;
    const steps = isFine ? this.#later.fineSteps(page) : this.#later.steps(page);
    const due = stepsFrom(steps, crc);
    for (const step of due) step.apply(content);
    return due.length > 0 && crc32(content) === wanted ? content : null;
  }

  /** A page beyond the end of the database counts as zeroes, whatever an older state left in the mirror. */
  #readMirror(page: number): Buffer | null {
    const { pageSize } = this.#history;
    this.#fd ??= openIfThere(this.#history.mirrorPath());
    if (this.#fd === null) return null;
    const content = Buffer.allocUnsafeSlow(pageSize);
    readWhole(this.#fd, content, (page - 1) * pageSize);
    return content;
  }

  #lookAgain(attempt: number): void {
    // The first time it is enough to look: the record was there before the page was.
    if (attempt > 1) Atomics.wait(sleeper, 0, 0, 2 ** (attempt - 2));
    this.#history.refresh();
    // It may be another file by now.
    this.close();
  }
}

/** The steps from the version with this CRC on backwards; none when there is no such version. @param steps newest first */
function stepsFrom(steps: readonly PageStep[], crc: number): readonly PageStep[] {
  const first = steps.findIndex(({ crcAfter }) => crcAfter === crc);
  return first < 0 ? [] : steps.slice(first);
}

/** The mirror is missing while the reader makes it anew. */
function openIfThere(file: string): number | null {
  try {
    return disk.openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
