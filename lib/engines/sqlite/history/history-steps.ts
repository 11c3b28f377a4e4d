import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { OpenSegment } from "./open-segment.ts";
import { PageSet } from "./page-set.ts";
import type { CommitPart, HistoryStep } from "./records.ts";
import { SealedSegment, type TouchedPage } from "./sealed-segment.ts";
import { SegmentRecords } from "./segment.ts";

export type AnySegment = OpenSegment | SealedSegment;
type Order = "ascending" | "descending";
/** Commits of one segment, both ends included. */
type Stay = { segment: AnySegment; from: number; to: number };

/** The segments that hold commits `from` to `to`, in the order of a walk, with what of the range is theirs. */
function* stays(segments: readonly AnySegment[], from: number, to: number, order: Order): Generator<Stay> {
  const touched = segments.filter(
    ({ header, commits }) => header.firstTxid <= to && header.firstTxid + commits - 1 >= from && commits > 0,
  );
  for (const segment of order === "ascending" ? touched : touched.reverse()) {
    const { firstTxid } = segment.header;
    yield { segment, from: Math.max(from, firstTxid), to: Math.min(to, firstTxid + segment.commits - 1) };
  }
}

const isWhole = ({ segment, from, to }: Stay) => to - from + 1 === segment.commits;

/** Commit by commit, each in parts; see `HistoryView.recordParts`. */
export function* recordParts(
  segments: readonly AnySegment[],
  from: number,
  to: number,
  order: Order,
): Generator<CommitPart> {
  for (const stay of stays(segments, from, to, order)) yield* partsOf(stay, order);
}

function* partsOf({ segment, from, to }: Stay, order: Order): Generator<CommitPart> {
  const reader = new SegmentRecords(segment);
  const first = segment.header.firstTxid;
  if (order === "ascending") for (let txid = from; txid <= to; txid++) yield* reader.parts(txid - first);
  else for (let txid = to; txid >= from; txid--) yield* reader.parts(txid - first);
}

/** See `HistoryView.steps`. */
export function* steps(
  segments: readonly AnySegment[],
  from: number,
  to: number,
  order: Order,
): Generator<HistoryStep> {
  for (const stay of stays(segments, from, to, order)) {
    const { segment } = stay;
    // Composed steps only save time: when they are damaged the commits themselves still lead there.
    if (segment instanceof SealedSegment && isWhole(stay) && segment.hasSoundSteps()) {
      yield* combinedSteps(segment, stay);
      continue;
    }
    for (const { txid, sizeBefore, sizeAfter, pages } of partsOf(stay, order)) {
      yield { fromTxid: txid, toTxid: txid, sizeBefore, sizeAfter, pages, cookieXors: [] };
    }
  }
}

function* combinedSteps(segment: SealedSegment, { from, to }: Stay): Generator<HistoryStep> {
  const rows = segment.table();
  const { sizeBefore } = rows.info(0);
  const { sizeAfter } = rows.info(rows.length - 1);
  const cookieXors = segment.cookieXors();
  for (const pages of segment.combined()) {
    yield {
      fromTxid: from,
      toTxid: to,
      sizeBefore,
      sizeAfter,
      pages,
      cookieXors: pages[0]?.page === 1 ? cookieXors : [],
    };
  }
}

/** See `HistoryView.pagesTouched`. */
export function pagesTouched(segments: readonly AnySegment[], from: number, to: number): PageSet {
  const touched = new PageSet();
  for (const stay of stays(segments, from, to, "ascending")) if (!addTouched(stay, touched)) addDecoded(stay, touched);
  return touched;
}

/** From the segment's table of pages; false where that cannot tell. */
function addTouched({ segment, from, to }: Stay, touched: PageSet): boolean {
  const table = segment instanceof SealedSegment ? segment.touched() : null;
  if (!table) return false;
  try {
    return addRows(table, from, to, touched);
  } catch (error) {
    // A damaged table of pages only saves time too.
    if (error instanceof LastgoodError && error.code === "history_damaged") return false;
    throw error;
  }
}

function addRows(table: Iterable<TouchedPage>, from: number, to: number, touched: PageSet): boolean {
  for (const { page, firstTxid, lastTxid } of table) {
    if (firstTxid > to || lastTxid < from) continue;
    // Touched before the range and after it: in between too, or not.
    if (firstTxid < from && lastTxid > to && !touched.has(page)) return false;
    touched.add(page);
  }
  return true;
}

function addDecoded(stay: Stay, touched: PageSet): void {
  for (const { pages } of partsOf(stay, "ascending")) for (const { page } of pages) touched.add(page);
}

/** See `HistoryView.stepBytes`. */
export function stepBytes(segments: readonly AnySegment[], from: number, to: number): number {
  let bytes = 0;
  for (const stay of stays(segments, from, to, "ascending")) {
    const { segment } = stay;
    const { combinedBytes } = segment instanceof SealedSegment ? segment.trailer : { combinedBytes: null };
    if (combinedBytes !== null && isWhole(stay)) bytes += combinedBytes;
    else bytes += (segment.rawBytes * (stay.to - stay.from + 1)) / segment.commits;
  }
  assert(Number.isFinite(bytes), "segments know their size");
  return Math.round(bytes);
}
