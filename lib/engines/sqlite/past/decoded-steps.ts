import { assert } from "../../../domain/assert.ts";
import type { AnySegment } from "../history/history-steps.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { PageSet } from "../history/page-set.ts";
import { COMMIT_HEADER, PAGE_HEADER, PAGES_HEADER, RECORD } from "../history/payload.ts";
import type { PageStep, StepStretch } from "./page-step.ts";

/** Gives the payload of a block of a segment, verified; it may keep it for the next time. */
export type ReadBlock = (segment: AnySegment, block: number) => Buffer;

/** Of each step: page, CRC before, CRC after, block, where its delta begins there, bytes of it, the page's step before (+ 1). */
const FIELDS = 7;

/**
 * The steps of a range of commits of one segment, each found by its page. Going through the records once notes where each
 * step stands; the steps themselves are read again when a page is asked for.
 */
export class DecodedSteps implements StepStretch {
  readonly segment: AnySegment;
  readonly fromTxid: number;
  /** The last commit that was gone through. */
  toTxid: number;
  readonly #readBlock: ReadBlock;
  #steps = new Uint32Array(256 * FIELDS);
  #count = 0;
  /** The newest step of each page. */
  readonly #newest = new Map<number, number>();

  constructor(segment: AnySegment, fromTxid: number, toTxid: number, readBlock: ReadBlock) {
    this.segment = segment;
    this.fromTxid = fromTxid;
    this.toTxid = fromTxid - 1;
    this.#readBlock = readBlock;
    this.extend(toTxid);
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#steps.byteLength + this.#newest.size * 40;
  }

  /** Goes on to commit `toTxid` of the same segment. */
  extend(toTxid: number): void {
    const table = this.segment.table();
    const { firstTxid } = this.segment.header;
    for (let txid = this.toTxid + 1; txid <= toTxid; txid++) {
      // From each commit's own begin: pages that were abandoned may lie before it.
      const { block, offset } = table.place(txid - firstTxid);
      this.#takeCommit(block, offset);
      this.toTxid = txid;
    }
  }

  crcBeforeFirst(page: number): number | null {
    let crc: number | null = null;
    for (let step = this.#newest.get(page); step !== undefined; step = this.#stepBefore(step)) {
      crc = this.#field(step, 1);
    }
    return crc;
  }

  crcAfterLast(page: number): number | null {
    const newest = this.#newest.get(page);
    return newest === undefined ? null : this.#field(newest, 2);
  }

  steps(page: number): PageStep[] {
    const steps: PageStep[] = [];
    for (let step = this.#newest.get(page); step !== undefined; step = this.#stepBefore(step))
      steps.push(this.#asStep(step));
    return steps;
  }

  fineSteps(page: number): PageStep[] {
    return this.steps(page);
  }

  addTouched(pages: PageSet): void {
    for (const page of this.#newest.keys()) pages.add(page);
  }

  #asStep(step: number): PageStep {
    return {
      crcBefore: this.#field(step, 1),
      crcAfter: this.#field(step, 2),
      apply: (content) => {
        const at = this.#field(step, 4);
        applyDelta(
          content,
          this.#readBlock(this.segment, this.#field(step, 3)).subarray(at, at + this.#field(step, 5)),
        );
      },
    };
  }

  #takeCommit(first: number, offset: number): void {
    let block = first;
    let payload = this.#readBlock(this.segment, block);
    for (let at = offset; ; ) {
      if (at >= payload.length) {
        payload = this.#readBlock(this.segment, ++block);
        at = 0;
        continue;
      }
      const kind = payload[at];
      const end = at + payload.readUInt32LE(at + 4);
      assert(end > at, "records follow each other");
      if (kind === RECORD.pages) this.#takePages(payload, at + PAGES_HEADER, end, block);
      if (kind === RECORD.commit) {
        this.#takePages(payload, at + COMMIT_HEADER, end, block);
        return;
      }
      at = end;
    }
  }

  #takePages(payload: Buffer, from: number, end: number, block: number): void {
    for (let at = from; at < end; ) {
      if ((this.#count + 1) * FIELDS > this.#steps.length) this.#grow();
      const page = payload.readUInt32LE(at);
      const bytes = payload.readUInt32LE(at + 12);
      const into = this.#count * FIELDS;
      this.#steps[into] = page;
      this.#steps[into + 1] = payload.readUInt32LE(at + 4);
      this.#steps[into + 2] = payload.readUInt32LE(at + 8);
      this.#steps[into + 3] = block;
      this.#steps[into + 4] = at + PAGE_HEADER;
      this.#steps[into + 5] = bytes;
      this.#steps[into + 6] = (this.#newest.get(page) ?? -1) + 1;
      this.#newest.set(page, this.#count++);
      at += PAGE_HEADER + bytes;
    }
  }

  #stepBefore(step: number): number | undefined {
    const before = this.#field(step, 6);
    return before === 0 ? undefined : before - 1;
  }

  #field(step: number, field: number): number {
    return this.#steps[step * FIELDS + field] as number;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#steps.length * 2);
    larger.set(this.#steps);
    this.#steps = larger;
  }
}
