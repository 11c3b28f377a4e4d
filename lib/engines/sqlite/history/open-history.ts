import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { type Bookmark, formatBookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { addDensity } from "./density.ts";
import { baseChecksumsName, baseName, historyDamaged, MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "./format.ts";
import { historyTagOf } from "./history-identity.ts";
import { type AnySegment, pagesTouched, recordParts, stepBytes, steps } from "./history-steps.ts";
import { damageWithin, type Hole, type LostCommits, lostCommits } from "./holes.ts";
import { OpenSegment } from "./open-segment.ts";
import { readPageChecksums } from "./page-checksums.ts";
import type { PageSet } from "./page-set.ts";
import {
  COMMIT_FLAGS,
  type CommitInfo,
  type CommitPart,
  type CommitRecord,
  type HistoryStep,
  type HistoryView,
  type PageDelta,
} from "./records.ts";
import { SealedSegment } from "./sealed-segment.ts";
import { closeAll, listSegments } from "./segment-list.ts";
import { mergeStretches, type Stretches } from "./stretches.ts";

/** A directory's time has the kernel's tick as its grain: a change so close to a listing may not show in it. */
const LISTING_GRAIN_MS = 100;

/** Opens a history for reading. Throws `not_protected` while there is none yet, `history_damaged` when it cannot be read. */
export function openHistory(directory: string): History {
  return new History(directory);
}

/** The reading side of a history; `HistoryView` says what each method answers. */
export class History implements HistoryView {
  readonly directory: string;
  readonly pageSize: number;
  readonly historyTag: string;
  readonly historyId: Buffer;
  /** Null while it rests. */
  private held: AnySegment[] | null = null;
  private bases: number[] = [];
  private holes: Hole[] = [];
  private listing = { directoryTime: 0n, settled: false };
  private baseChecksums: { txid: number; table: Uint32Array } | null = null;

  constructor(directory: string) {
    this.directory = directory;
    try {
      this.list();
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") throw nothingYet();
      throw error;
    }
    const first = this.segments[0];
    if (!first) {
      const [hole] = this.holes;
      throw hole ? historyDamaged(path.basename(hole.file), hole.cause, hole.fromTxid, null) : nothingYet();
    }
    this.pageSize = first.header.pageSize;
    this.historyId = first.header.historyId;
    this.historyTag = historyTagOf(this.historyId);
  }

  refresh(): void {
    if (!this.held || !this.listing.settled || this.directoryTime() !== this.listing.directoryTime) this.list();
    const last = this.segments.at(-1);
    const known = this.holes.some(({ file }) => file === last?.file);
    if (!(last instanceof OpenSegment) || known) return;
    const isSound = unlessDamaged(() => {
      last.refresh();
      return true;
    }, false);
    if (!isSound) this.list();
  }

  oldest(): CommitInfo {
    const [oldest] = this.infos(this.baseTxid(), this.newest().txid);
    assert(oldest, "a history holds a commit");
    return oldest;
  }

  lostCommits(): LostCommits | null {
    return lostCommits(this.holes);
  }

  /** What is damaged or missing of its segments, as far as that shows without reading them. */
  knownHoles(): readonly Hole[] {
    return this.holes;
  }

  newest(): CommitInfo {
    const segment = this.segments.findLast((candidate) => candidate.commits > 0);
    assert(segment, "a history holds its first commit");
    return segment.table().info(segment.commits - 1);
  }

  watermarkMs(): number {
    // Every commit before the newest one's millisecond is there; of that millisecond another may come.
    let watermark = this.newest().timeMs - 1;
    for (const segment of this.segments.slice(-2)) watermark = Math.max(watermark, segment.watermarkMs);
    return watermark;
  }

  byTxid(txid: number): CommitInfo | null {
    if (txid < this.baseTxid()) return null;
    const segment = this.segmentOf(txid);
    return segment ? segment.table().info(txid - segment.header.firstTxid) : null;
  }

  atOrBefore(timeMs: number): CommitInfo | null {
    const segment = this.segments.findLast((candidate) => candidate.commits > 0 && firstTimeMs(candidate) <= timeMs);
    if (!segment) return null;
    const table = segment.table();
    const info = table.info(table.countUpTo(timeMs) - 1);
    return info.txid < this.baseTxid() ? null : info;
  }

  *infos(fromTxid: number, toTxid: number): Generator<CommitInfo> {
    for (let txid = Math.max(fromTxid, this.baseTxid()); txid <= toTxid; txid++) {
      let segment = this.segmentOf(txid);
      if (!segment) {
        segment = this.segments.find(({ header, commits }) => header.firstTxid > txid && commits > 0) ?? null;
        if (!segment || segment.header.firstTxid > toTxid) return;
        txid = segment.header.firstTxid;
      }
      yield segment.table().info(txid - segment.header.firstTxid);
    }
  }

  *records(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Generator<CommitRecord> {
    let pages: PageDelta[] = [];
    for (const { isLast, ...part } of this.recordParts(fromTxid, toTxid, order)) {
      for (const page of part.pages) pages.push(page);
      if (!isLast) continue;
      yield { ...part, pages };
      pages = [];
    }
  }

  recordParts(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Iterable<CommitPart> {
    return recordParts(this.readable(fromTxid, toTxid), this.notBefore(fromTxid), toTxid, order);
  }

  steps(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Iterable<HistoryStep> {
    return steps(this.readable(fromTxid, toTxid), this.notBefore(fromTxid), toTxid, order);
  }

  stepBytes(fromTxid: number, toTxid: number): number {
    if (damageWithin(this.holes, fromTxid, Math.min(toTxid, this.newest().txid))) return Number.POSITIVE_INFINITY;
    return stepBytes(this.segments, this.notBefore(fromTxid), toTxid);
  }

  pagesTouched(fromTxid: number, toTxid: number): PageSet {
    return pagesTouched(this.readable(fromTxid, toTxid), this.notBefore(fromTxid), toTxid);
  }

  gaps(): { fromMs: number; toMs: number; txid: number }[] {
    const oldest = this.baseTxid();
    return this.stretchesOf(COMMIT_FLAGS.healed).flatMap(({ gaps }) => gaps.filter(({ txid }) => txid > oldest));
  }

  suspects(): { fromMs: number; toMs: number }[] {
    return mergeStretches(this.stretchesOf(COMMIT_FLAGS.clamped).flatMap(({ suspects }) => suspects));
  }

  density(fromMs: number, toMs: number, buckets: number, fromTxid = 0): { commits: number; pages: number }[] {
    const firstTxid = this.notBefore(fromTxid);
    const bars = Array.from({ length: buckets }, () => ({ commits: 0, pages: 0 }));
    const width = (toMs - fromMs) / buckets;
    for (const segment of this.segments) {
      if (segment.commits === 0 || firstTimeMs(segment) >= toMs || lastTimeMs(segment) < fromMs) continue;
      if (segment.header.firstTxid + segment.commits <= firstTxid) continue;
      const isWhole = segment.header.firstTxid >= firstTxid;
      if (isWhole && this.addWhole(segment, bars, (timeMs) => Math.floor((timeMs - fromMs) / width))) continue;
      const skipped = Math.max(0, firstTxid - segment.header.firstTxid);
      unlessDamaged(() => addDensity(segment.table(), skipped, lastTimeMs(segment), { fromMs, toMs, bars }), undefined);
    }
    return bars;
  }

  /** Counts a sealed segment that lies in one bar without reading its table. */
  private addWhole(
    segment: AnySegment,
    bars: { commits: number; pages: number }[],
    indexOf: (timeMs: number) => number,
  ): boolean {
    if (!(segment instanceof SealedSegment)) return false;
    const { firstTimeMs: first, lastTimeMs: last, commits, pages } = segment.trailer;
    const bar = bars[indexOf(first)];
    if (!bar || indexOf(first) !== indexOf(last)) return false;
    bar.commits += commits;
    bar.pages += pages;
    return true;
  }

  bookmarkOf(commit: CommitInfo): Bookmark {
    return formatBookmark({ txid: commit.txid, historyTag: this.historyTag, recordTag: commit.recordTag });
  }

  /** What was written beside the commits, oldest first: the newest commit then, and the note itself. */
  *notes(): Generator<{ txid: number; note: unknown }> {
    for (const segment of this.segments) {
      for (const { txid, json } of unlessDamaged(() => segment.notes(), [])) yield { txid, note: JSON.parse(json) };
    }
  }

  base(): { path: string; txid: number; sizePages: number; crcOf(page: number): number } {
    const txid = this.baseTxid();
    const file = path.join(this.directory, baseName(txid));
    if (!this.bases.includes(txid)) throw historyDamaged(baseName(txid), "the base image is missing", txid, txid);
    if (this.baseChecksums?.txid !== txid) {
      const read = readPageChecksums(path.join(this.directory, baseChecksumsName(txid)));
      if (!read?.historyId.equals(this.historyId) || read.txid !== txid) {
        throw historyDamaged(
          baseChecksumsName(txid),
          "the checksums of the base image are missing or wrong",
          txid,
          txid,
        );
      }
      this.baseChecksums = read;
    }
    const { table } = this.baseChecksums;
    return {
      path: file,
      txid,
      sizePages: table.length,
      crcOf: (page) => {
        assert(page >= 1 && page <= table.length, "a page lies within the base image");
        return table[page - 1] ?? 0;
      },
    };
  }

  /** About what it keeps in memory, beside the cache of tables that all histories share. */
  get memoryBytes(): number {
    const open = (this.held ?? []).reduce(
      (sum, each) => sum + (each instanceof OpenSegment ? each.memoryBytes : 1024),
      0,
    );
    return open + (this.baseChecksums?.table.byteLength ?? 0);
  }

  mirrorPath(): string {
    return path.join(this.directory, MIRROR_NAME);
  }

  /** Bytes of all its files, mirror and base images included. */
  sizeBytes(): number {
    const names = [MIRROR_NAME, MIRROR_CHECKSUMS_NAME];
    for (const txid of this.bases) names.push(baseName(txid), baseChecksumsName(txid));
    let bytes = 0;
    for (const segment of this.segments) bytes += segment.sizeBytes;
    for (const name of names)
      bytes += disk.statSync(path.join(this.directory, name), { throwIfNoEntry: false })?.size ?? 0;
    return bytes;
  }

  /** Lets go of files and memory until it is used again. */
  rest(): void {
    const held = this.held ?? [];
    this.held = null;
    this.baseChecksums = null;
    closeAll(held);
  }

  close(): void {
    const held = this.held ?? [];
    this.held = [];
    closeAll(held);
  }

  /** Every segment, oldest first: for a verification of the whole history. */
  allSegments(): readonly AnySegment[] {
    return this.segments;
  }

  /** The segments, for a walk through these commits. Throws `history_damaged` when one of them cannot be read. */
  private readable(fromTxid: number, toTxid: number): readonly AnySegment[] {
    const damage = damageWithin(this.holes, this.notBefore(fromTxid), Math.min(toTxid, this.newest().txid));
    if (damage) throw damage;
    return this.segments;
  }

  private notBefore(txid: number): number {
    return Math.max(txid, this.baseTxid());
  }

  private get segments(): AnySegment[] {
    if (!this.held) this.list();
    return this.held ?? [];
  }

  private list(): void {
    const directoryTime = this.directoryTime();
    const settled = BigInt(Date.now() - LISTING_GRAIN_MS) * 1_000_000n > directoryTime;
    const { segments, bases, holes } = listSegments(this.directory, this.held ?? []);
    // Capture may have begun anew under the same name: nothing that was told before is true of that history.
    const isOther = this.historyId !== undefined && !segments[0]?.header.historyId.equals(this.historyId);
    this.held = segments;
    if (isOther) throw nothingYet();
    this.bases = bases;
    this.holes = [...leadingHole(segments, bases, holes), ...holes];
    this.listing = { directoryTime, settled };
  }

  private directoryTime(): bigint {
    return disk.statSync(this.directory, { bigint: true }).mtimeNs;
  }

  /**
   * The image that counts: the oldest one whose own commit is still there. A newer one beside it means that pruning was
   * interrupted, or goes on right now.
   */
  baseTxid(): number {
    const first = Math.min(this.segments[0]?.header.firstTxid ?? 1, this.holes[0]?.fromTxid ?? Number.MAX_SAFE_INTEGER);
    return this.bases.find((txid) => txid >= first) ?? first;
  }

  private segmentOf(txid: number): AnySegment | null {
    let low = 0;
    let high = this.segments.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const segment = this.segments[middle] as AnySegment;
      if (txid < segment.header.firstTxid) high = middle - 1;
      else if (txid >= segment.header.firstTxid + segment.commits) low = middle + 1;
      else return segment;
    }
    return null;
  }

  /** What is to be said of the times of segments that hold anything of the kind; the others are not read. */
  private stretchesOf(flag: number): Stretches[] {
    return this.segments
      .filter(({ flagsUnion }) => (flagsUnion & flag) !== 0)
      .map((segment) => unlessDamaged(() => segment.stretches(), { gaps: [], suspects: [] }));
  }
}

/** What concerns one segment must not keep the others from answering. */
function unlessDamaged<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return otherwise;
    throw error;
  }
}

/** Without the first segments, the oldest image is older than what there is. */
function leadingHole(segments: readonly AnySegment[], bases: readonly number[], holes: readonly Hole[]): Hole[] {
  const first = segments[0];
  const base = bases.at(-1);
  if (!first || base === undefined || base >= first.header.firstTxid) return [];
  if (holes.some(({ fromTxid }) => fromTxid <= base)) return [];
  const toTxid = first.header.firstTxid - 1;
  return [{ kind: "missing", fromTxid: base, toTxid, file: first.file, cause: "the commits before it are missing" }];
}

function firstTimeMs(segment: AnySegment): number {
  return segment instanceof SealedSegment ? segment.trailer.firstTimeMs : segment.table().timeMs(0);
}

function lastTimeMs(segment: AnySegment): number {
  return segment instanceof SealedSegment ? segment.trailer.lastTimeMs : segment.table().timeMs(segment.commits - 1);
}

function nothingYet(): LastgoodError {
  return new LastgoodError("not_protected", "Nothing of this database has been captured yet.", {
    hint: "Wait until the first full image is complete; the database's page shows how far it is.",
    retryAfterSeconds: 2,
  });
}
