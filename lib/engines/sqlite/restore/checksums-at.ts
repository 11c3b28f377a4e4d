import path from "node:path";
import { crc32 } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { historyDamaged, MIRROR_CHECKSUMS_NAME } from "../history/format.ts";
import { readPageChecksums } from "../history/page-checksums.ts";
import type { HistoryStep, HistoryView, PageDelta } from "../history/records.ts";

/**
 * The CRC-32 of every page as of commit `txid`, page 1 first, from the history's checksums alone: those of the base image
 * and the steps from there, or those of the mirror and the steps to or from them. Throws `history_damaged` when damage lies
 * on all of these ways.
 */
export function checksumsAt(history: HistoryView, txid: number): Uint32Array<ArrayBuffer> {
  try {
    return fromBase(history, txid);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "history_damaged") throw error;
    const known = mirrorChecksums(history);
    if (!known) throw error;
    const table = new ChecksumTable(known.table, history.pageSize);
    if (known.txid <= txid) for (const step of history.steps(known.txid + 1, txid, "ascending")) table.goOn(step);
    else for (const step of history.steps(txid + 1, known.txid, "descending")) table.goBack(step);
    return table.settled();
  }
}

/** Checksums of the mirror as they were written down, if they are of this history and of a commit that it holds. */
function mirrorChecksums(history: HistoryView): { txid: number; table: Uint32Array } | null {
  const known = readPageChecksums(path.join(history.directory, MIRROR_CHECKSUMS_NAME));
  if (!known?.historyId.equals(history.historyId) || known.pageSize !== history.pageSize) return null;
  return known.txid <= history.newest().txid ? known : null;
}

function fromBase(history: HistoryView, txid: number): Uint32Array<ArrayBuffer> {
  const base = history.base();
  if (txid < base.txid) throw historyDamaged(base.path, "it is newer than the state", txid, base.txid);
  const table = new ChecksumTable(
    Uint32Array.from({ length: base.sizePages }, (_, i) => base.crcOf(i + 1)),
    history.pageSize,
  );
  for (const step of history.steps(base.txid + 1, txid, "ascending")) table.goOn(step);
  return table.settled();
}

/** The checksums of all pages, taken from one state to another. Pages that no step ever gave content count as zeroes. */
export class ChecksumTable {
  #table: Uint32Array<ArrayBuffer>;
  #size: number;
  readonly #zeroCrc: number;

  constructor(table: Uint32Array, pageSize: number) {
    this.#table = Uint32Array.from(table);
    this.#size = table.length;
    this.#zeroCrc = crc32(Buffer.alloc(pageSize));
  }

  get size(): number {
    return this.#size;
  }

  of(page: number): number {
    return page <= this.#size ? (this.#table[page - 1] ?? this.#zeroCrc) : this.#zeroCrc;
  }

  goOn({ pages, sizeAfter }: { pages: readonly Pick<PageDelta, "page" | "crcAfter">[]; sizeAfter: number }): void {
    this.#resize(sizeAfter);
    for (const { page, crcAfter } of pages) if (page <= sizeAfter) this.#table[page - 1] = crcAfter;
  }

  goBack({ pages, sizeBefore }: Pick<HistoryStep, "pages" | "sizeBefore">): void {
    this.#resize(sizeBefore);
    for (const { page, crcBefore } of pages) if (page <= sizeBefore) this.#table[page - 1] = crcBefore;
  }

  settled(): Uint32Array<ArrayBuffer> {
    return this.#table.slice(0, this.#size);
  }

  #resize(size: number): void {
    if (size > this.#table.length) {
      const grown = new Uint32Array(Math.max(size, this.#table.length * 2));
      grown.set(this.#table);
      this.#table = grown;
    }
    if (size > this.#size) this.#table.fill(this.#zeroCrc, this.#size, size);
    this.#size = size;
  }
}
