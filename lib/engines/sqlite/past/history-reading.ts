import path from "node:path";
import { MIRROR_CHECKSUMS_NAME } from "../history/format.ts";
import type { AnySegment } from "../history/history-steps.ts";
import type { History } from "../history/open-history.ts";
import { OpenSegment } from "../history/open-segment.ts";
import { type PageChecksums, readPageChecksums } from "../history/page-checksums.ts";
import type { SegmentIndex } from "../history/segment-index.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { DecodedSteps, type ReadBlock } from "./decoded-steps.ts";
import type { StepCache } from "./sealed-steps.ts";

/** What was gone through of one segment, by the commit that it begins with. */
type Pieces = Map<number, DecodedSteps>;

/** What the states of one history share while their pages are read: each part of the history is read and gone through once for all. */
export class HistoryReading {
  readonly history: History;
  /** Blocks as they are stored, and what whole segments are found by. */
  readonly cache: StepCache;
  readonly readBlock: ReadBlock;
  readonly #cuts: readonly number[];
  readonly #decoded = new WeakMap<AnySegment, Pieces>();
  readonly #numbers = new Map<string, number>();
  #open: { segment: OpenSegment; index: SegmentIndex } | null = null;
  #mirror: PageChecksums | null | undefined;

  /** @param txids of the states; what is gone through commit by commit ends at each of them, so that others can go on there */
  constructor(history: History, txids: readonly number[], cacheBytes: number) {
    this.history = history;
    this.cache = new BoundedCache(cacheBytes, (piece) => (Buffer.isBuffer(piece) ? piece.length : piece.bytes));
    this.readBlock = (segment, block) =>
      this.cache.get(`${this.#numberOf(segment)}:${block}`, () => segment.readBlock(block)) as Buffer;
    this.#cuts = [...txids].sort((a, b) => a - b);
  }

  /** The steps of commits `from` to `to` of a segment, oldest first. */
  decoded(segment: AnySegment, from: number, to: number): DecodedSteps[] {
    const pieces = this.#piecesOf(segment);
    const found: DecodedSteps[] = [];
    for (let begin = from; begin <= to; ) {
      const cut = this.#cuts.find((txid) => txid >= begin) ?? to;
      const end = Math.min(cut, to);
      const known = pieces.get(begin);
      const piece = known && known.toTxid <= end ? known : new DecodedSteps(segment, begin, end, this.readBlock);
      piece.extend(end);
      if (!known) pieces.set(begin, piece);
      found.push(piece);
      begin = end + 1;
    }
    return found;
  }

  /** The checksums beside the mirror, as they were when they were first asked for; null: there are none of this history. */
  mirrorChecksums(): PageChecksums | null {
    if (this.#mirror === undefined) {
      const { history } = this;
      const mirror = readPageChecksums(path.join(history.directory, MIRROR_CHECKSUMS_NAME));
      const isOurs = mirror?.historyId.equals(history.historyId) && mirror.pageSize === history.pageSize;
      this.#mirror = isOurs ? mirror : null;
    }
    return this.#mirror;
  }

  /** A key of its file's whole path would take longer to make than a small block to read. */
  #numberOf({ file }: AnySegment): number {
    const known = this.#numbers.get(file);
    if (known !== undefined) return known;
    this.#numbers.set(file, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  #piecesOf(segment: AnySegment): Pieces {
    if (segment instanceof OpenSegment) this.#meet(segment);
    const known = this.#decoded.get(segment);
    if (known) return known;
    const fresh: Pieces = new Map();
    this.#decoded.set(segment, fresh);
    return fresh;
  }

  /** Its writer may have cut off what it could not make durable, and begun anew: nothing of it that was read before counts. */
  #meet(segment: OpenSegment): void {
    const { index, file } = segment;
    const before = this.#open;
    this.#open = { segment, index };
    if (before?.segment.file !== file || before.index === index) return;
    this.#decoded.delete(segment);
    this.cache.clear();
  }
}
