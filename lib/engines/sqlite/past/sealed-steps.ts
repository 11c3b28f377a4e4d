import { LastgoodError } from "../../../domain/errors.ts";
import { countAtMost } from "../history/commit-row.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { PageSet } from "../history/page-set.ts";
import { PAGE_ROW } from "../history/page-table.ts";
import { PAGE_HEADER } from "../history/payload.ts";
import type { SealedSegment } from "../history/sealed-segment.ts";
import type { BoundedCache } from "./bounded-cache.ts";
import { DecodedSteps, type ReadBlock } from "./decoded-steps.ts";
import type { PageStep, StepStretch } from "./page-step.ts";

/** Pieces of segments that are kept for the next page: blocks as they are stored, and where steps stand. */
export type StepCache = BoundedCache<string, Buffer | DecodedSteps>;

/**
 * The steps of a whole sealed segment. Its table of pages tells which it touched, and where its steps are stored as one they
 * are read by page; only what has neither is gone through commit by commit. Damage to what only saves time costs time.
 */
export class SealedSteps implements StepStretch {
  readonly segment: SealedSegment;
  readonly #cache: StepCache;
  readonly #readBlock: ReadBlock;
  #hasRows: boolean;
  #isComposed: boolean;

  constructor(segment: SealedSegment, cache: StepCache, readBlock: ReadBlock) {
    this.segment = segment;
    this.#cache = cache;
    this.#readBlock = readBlock;
    this.#hasRows = segment.trailer.touchedPages !== null;
    this.#isComposed = segment.isCombined;
  }

  crcBeforeFirst(page: number): number | null {
    const row = this.#row(page);
    return row === "unknown" ? this.#decoded().crcBeforeFirst(page) : (row?.crcBefore ?? null);
  }

  crcAfterLast(page: number): number | null {
    const row = this.#row(page);
    return row === "unknown" ? this.#decoded().crcAfterLast(page) : (row?.crcAfter ?? null);
  }

  steps(page: number): PageStep[] {
    const row = this.#row(page);
    if (row === null) return [];
    if (row === "unknown" || !this.#isComposed) return this.#decoded().steps(page);
    return [{ ...row, apply: (content) => this.#applyComposed(page, content) }];
  }

  fineSteps(page: number): PageStep[] {
    return this.#row(page) === null ? [] : this.#decoded().steps(page);
  }

  addTouched(pages: PageSet): void {
    const rows = this.#rows();
    if (rows) for (let at = 0; at < rows.length; at += PAGE_ROW) pages.add(rows.readUInt32LE(at));
    else this.#decoded().addTouched(pages);
  }

  #row(page: number): { crcBefore: number; crcAfter: number } | "unknown" | null {
    const rows = this.#rows();
    if (!rows) return "unknown";
    const index = countAtMost(rows.length / PAGE_ROW, page, (row) => rows.readUInt32LE(row * PAGE_ROW)) - 1;
    const at = index * PAGE_ROW;
    if (index < 0 || rows.readUInt32LE(at) !== page) return null;
    return { crcBefore: rows.readUInt32LE(at + 4), crcAfter: rows.readUInt32LE(at + 8) };
  }

  #rows(): Buffer | null {
    if (!this.#hasRows) return null;
    const rows = orNullWhenDamaged(() =>
      this.#cache.get(`${this.segment.file}:rows`, () => this.segment.pageRows() ?? Buffer.alloc(0)),
    );
    this.#hasRows = rows !== null;
    return rows as Buffer | null;
  }

  #applyComposed(page: number, content: Buffer): void {
    const delta = this.#isComposed ? orNullWhenDamaged(() => this.#composed(page)) : null;
    if (delta) {
      applyDelta(content, delta);
      return;
    }
    // The commits themselves lead there as well.
    this.#isComposed = false;
    for (const step of this.#decoded().steps(page)) step.apply(content);
  }

  /** The delta that leads over all of the segment's commits. */
  #composed(page: number): Buffer | null {
    const { segment } = this;
    const { count, firstPage } = segment.composedBlocks();
    const index = countAtMost(count, page, firstPage) - 1;
    if (index < 0) return null;
    const block = this.#cache.get(`${segment.file}:composed:${index}`, () => segment.composedBlock(index)) as Buffer;
    for (let at = 0; at < block.length; ) {
      const bytes = block.readUInt32LE(at + 12);
      if (block.readUInt32LE(at) === page) return block.subarray(at + PAGE_HEADER, at + PAGE_HEADER + bytes);
      at += PAGE_HEADER + bytes;
    }
    return null;
  }

  #decoded(): DecodedSteps {
    const { segment } = this;
    const { firstTxid } = segment.header;
    return this.#cache.get(
      `${segment.file}:steps`,
      () => new DecodedSteps(segment, firstTxid, firstTxid + segment.commits - 1, this.#readBlock),
    ) as DecodedSteps;
  }
}

function orNullWhenDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return null;
    throw error;
  }
}
