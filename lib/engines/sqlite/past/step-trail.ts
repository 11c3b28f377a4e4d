import type { AnySegment } from "../history/history-steps.ts";
import { damageWithin } from "../history/holes.ts";
import { OpenSegment } from "../history/open-segment.ts";
import type { PageSet } from "../history/page-set.ts";
import { prunedMeanwhile } from "../history/sealed-file.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import type { SegmentIndex } from "../history/segment-index.ts";
import type { DecodedSteps } from "./decoded-steps.ts";
import type { HistoryReading } from "./history-reading.ts";
import type { PageStep, StepStretch } from "./page-step.ts";
import { SealedSteps } from "./sealed-steps.ts";

/**
 * The steps of commits `fromTxid` to `toTxid` of a history, each found by its page: whole sealed segments by their tables, what
 * is left of a segment at either end commit by commit. With `toTxid` null it goes on to the newest commit that the history
 * knows. Another process may append, seal and prune meanwhile, and others in this one may refresh the same history.
 */
export class StepTrail implements StepStretch {
  readonly #reading: HistoryReading;
  readonly #fromTxid: number;
  readonly #toTxid: number | null;
  /** Oldest first. */
  #stretches: (SealedSteps | DecodedSteps)[] = [];
  #seen: { segments: readonly AnySegment[]; index: SegmentIndex | null; commits: number } | null = null;

  constructor(reading: HistoryReading, fromTxid: number, toTxid: number | null) {
    this.#reading = reading;
    this.#fromTxid = fromTxid;
    this.#toTxid = toTxid;
  }

  crcBeforeFirst(page: number): number | null {
    for (const stretch of this.#current()) {
      const crc = stretch.crcBeforeFirst(page);
      if (crc !== null) return crc;
    }
    return null;
  }

  crcAfterLast(page: number): number | null {
    const stretches = this.#current();
    for (let i = stretches.length - 1; i >= 0; i--) {
      const crc = stretches[i]?.crcAfterLast(page) ?? null;
      if (crc !== null) return crc;
    }
    return null;
  }

  steps(page: number): PageStep[] {
    return this.#current().reduceRight<PageStep[]>((steps, stretch) => append(steps, stretch.steps(page)), []);
  }

  fineSteps(page: number): PageStep[] {
    return this.#current().reduceRight<PageStep[]>((steps, stretch) => append(steps, stretch.fineSteps(page)), []);
  }

  addTouched(pages: PageSet): void {
    for (const stretch of this.#current()) stretch.addTouched(pages);
  }

  #current(): readonly StepStretch[] {
    const segments = this.#reading.history.allSegments();
    const last = segments.at(-1);
    const index = last instanceof OpenSegment ? last.index : null;
    const commits = last?.commits ?? 0;
    const seen = this.#seen;
    if (seen?.segments === segments && seen.index === index && seen.commits === commits) return this.#stretches;
    this.#stretches = this.#laidOut(segments);
    this.#seen = { segments, index, commits };
    return this.#stretches;
  }

  #laidOut(segments: readonly AnySegment[]): (SealedSteps | DecodedSteps)[] {
    const from = this.#fromTxid;
    const { history, cache, readBlock } = this.#reading;
    const to = this.#toTxid ?? history.newest().txid;
    if (from > to) return [];
    const damage = damageWithin(history.knownHoles(), from, to);
    if (damage) throw damage;
    let next = from;
    const known = new Map(this.#stretches.map((stretch) => [stretch.segment, stretch]));
    const stretches = segments.flatMap((segment): (SealedSteps | DecodedSteps)[] => {
      const first = segment.header.firstTxid;
      const [begin, end] = [Math.max(from, first), Math.min(to, first + segment.commits - 1)];
      if (begin > end) return [];
      if (begin !== next) throw prunedMeanwhile();
      next = end + 1;
      const before = known.get(segment);
      const isWhole = segment instanceof SealedSegment && end - begin + 1 === segment.commits;
      if (isWhole) {
        return [before instanceof SealedSteps ? before : new SealedSteps(segment, cache, readBlock)];
      }
      return this.#reading.decoded(segment, begin, end);
    });
    if (next <= to) throw prunedMeanwhile();
    return stretches;
  }
}

function append(steps: PageStep[], more: readonly PageStep[]): PageStep[] {
  for (const step of more) steps.push(step);
  return steps;
}
