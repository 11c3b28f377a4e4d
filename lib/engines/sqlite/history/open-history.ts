import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { type Bookmark, formatBookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { CommitTable } from "./commit-table.ts";
import { baseChecksumsName, baseName, historyDamaged, MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "./format.ts";
import { historyTagOf } from "./history-identity.ts";
import { OpenSegment } from "./open-segment.ts";
import { readPageChecksums } from "./page-checksums.ts";
import { COMMIT_FLAGS, type CommitInfo, type CommitRecord, type HistoryView } from "./records.ts";
import { SealedSegment } from "./sealed-segment.ts";
import { SegmentRecords } from "./segment.ts";
import { listSegments } from "./segment-list.ts";

type AnySegment = OpenSegment | SealedSegment;
type Stretch = { fromMs: number; toMs: number };
type Exceptional = { gaps: (Stretch & { txid: number })[]; suspects: Stretch[] };

/** Tables of sealed segments kept in memory, bytes; beyond it those used longest ago go. */
const TABLES_IN_MEMORY = 32 * 1024 * 1024;
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
  private segments: AnySegment[] = [];
  private bases: number[] = [];
  private listing = { directoryTime: 0n, settled: false };
  private readonly recentTables: SealedSegment[] = [];
  private readonly exceptional = new WeakMap<SealedSegment, Exceptional>();
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
    if (!first || this.bases.length === 0) {
      this.close();
      throw nothingYet();
    }
    this.pageSize = first.header.pageSize;
    this.historyId = first.header.historyId;
    this.historyTag = historyTagOf(this.historyId);
  }

  refresh(): void {
    if (!this.listing.settled || this.directoryTime() !== this.listing.directoryTime) this.list();
    const last = this.segments.at(-1);
    if (last instanceof OpenSegment) last.refresh();
  }

  oldest(): CommitInfo {
    const oldest = this.byTxid(this.baseTxid());
    assert(oldest, "the base image's own commit is in the history");
    return oldest;
  }

  newest(): CommitInfo {
    const segment = this.segments.findLast((candidate) => candidate.commits > 0);
    assert(segment, "a history holds its first commit");
    return this.tableOf(segment).info(segment.commits - 1);
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
    return segment ? this.tableOf(segment).info(txid - segment.header.firstTxid) : null;
  }

  atOrBefore(timeMs: number): CommitInfo | null {
    const segment = this.segments.findLast((candidate) => candidate.commits > 0 && firstTimeMs(candidate) <= timeMs);
    if (!segment) return null;
    const table = this.tableOf(segment);
    const info = table.info(table.countUpTo(timeMs) - 1);
    return info.txid < this.baseTxid() ? null : info;
  }

  *infos(fromTxid: number, toTxid: number): Generator<CommitInfo> {
    for (let txid = Math.max(fromTxid, this.baseTxid()); txid <= toTxid; txid++) {
      const segment = this.segmentOf(txid);
      if (!segment) return;
      yield this.tableOf(segment).info(txid - segment.header.firstTxid);
    }
  }

  *records(fromTxid: number, toTxid: number, order: "ascending" | "descending"): Generator<CommitRecord> {
    const from = Math.max(fromTxid, this.baseTxid());
    const to = Math.min(toTxid, this.newest().txid);
    let segment: AnySegment | undefined;
    let reader: SegmentRecords | undefined;
    const step = order === "ascending" ? 1 : -1;
    for (let txid = step > 0 ? from : to; txid >= from && txid <= to; txid += step) {
      const holder = this.segmentOf(txid);
      assert(holder, "commits are numbered without holes");
      if (holder !== segment || !reader) {
        segment = holder;
        reader = new SegmentRecords(holder);
      }
      this.tableOf(holder);
      yield reader.read(txid - holder.header.firstTxid);
    }
  }

  gaps(): { fromMs: number; toMs: number; txid: number }[] {
    const oldest = this.baseTxid();
    return this.segments.flatMap((segment) => this.exceptionalOf(segment).gaps).filter((gap) => gap.txid > oldest);
  }

  suspects(): { fromMs: number; toMs: number }[] {
    return mergeStretches(this.segments.flatMap((segment) => this.exceptionalOf(segment).suspects));
  }

  density(fromMs: number, toMs: number, buckets: number): { commits: number; pages: number }[] {
    const bars = Array.from({ length: buckets }, () => ({ commits: 0, pages: 0 }));
    const width = (toMs - fromMs) / buckets;
    for (const segment of this.segments) {
      if (segment.commits === 0 || firstTimeMs(segment) >= toMs) continue;
      if (this.addWhole(segment, bars, (timeMs) => Math.floor((timeMs - fromMs) / width))) continue;
      const table = this.tableOf(segment);
      const skipped = Math.max(0, this.baseTxid() - segment.header.firstTxid);
      for (let i = Math.max(skipped, table.countUpTo(fromMs - 1)); i < table.length && table.timeMs(i) < toMs; i++) {
        const bar = bars[Math.min(buckets - 1, Math.floor((table.timeMs(i) - fromMs) / width))];
        if (!bar) continue;
        bar.commits++;
        bar.pages += table.pageCount(i);
      }
    }
    return bars;
  }

  /** Counts a sealed segment that lies in one bar without reading its table. */
  private addWhole(
    segment: AnySegment,
    bars: { commits: number; pages: number }[],
    indexOf: (timeMs: number) => number,
  ): boolean {
    if (!(segment instanceof SealedSegment) || segment.header.firstTxid < this.baseTxid()) return false;
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
      for (const { txid, json } of segment.notes()) yield { txid, note: JSON.parse(json) };
    }
  }

  base(): { path: string; txid: number; sizePages: number; crcOf(page: number): number } {
    const txid = this.baseTxid();
    const file = path.join(this.directory, baseName(txid));
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

  close(): void {
    for (const segment of this.segments) segment.close();
    this.segments = [];
  }

  /** Every segment, oldest first: for a verification of the whole history. */
  allSegments(): readonly AnySegment[] {
    return this.segments;
  }

  private list(): void {
    const directoryTime = this.directoryTime();
    const settled = BigInt(Date.now() - LISTING_GRAIN_MS) * 1_000_000n > directoryTime;
    const { segments, bases } = listSegments(this.directory, this.segments);
    this.segments = segments;
    this.bases = bases;
    this.listing = { directoryTime, settled };
  }

  private directoryTime(): bigint {
    return disk.statSync(this.directory, { bigint: true }).mtimeNs;
  }

  /**
   * The image that counts: the oldest one whose own commit is still there. A newer one beside it means that pruning was
   * interrupted, or goes on right now.
   */
  private baseTxid(): number {
    const first = this.segments[0]?.header.firstTxid ?? 1;
    const base = this.bases.find((txid) => txid >= first);
    assert(base !== undefined, "a history has a base image");
    return base;
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

  /** The segment's commits; keeps the tables of sealed ones within their share of memory. */
  private tableOf(segment: AnySegment): CommitTable {
    if (segment instanceof OpenSegment || segment === this.recentTables.at(-1)) return segment.table();
    const table = segment.table();
    const known = this.recentTables.indexOf(segment);
    if (known >= 0) this.recentTables.splice(known, 1);
    this.recentTables.push(segment);
    let bytes = this.recentTables.reduce((sum, each) => sum + each.tablesInMemory, 0);
    while (bytes > TABLES_IN_MEMORY && this.recentTables.length > 1) {
      const oldest = this.recentTables.shift();
      bytes -= oldest?.tablesInMemory ?? 0;
      oldest?.forgetTables();
    }
    return table;
  }

  private exceptionalOf(segment: AnySegment): Exceptional {
    if ((segment.flagsUnion & (COMMIT_FLAGS.healed | COMMIT_FLAGS.clamped)) === 0) return { gaps: [], suspects: [] };
    if (segment instanceof OpenSegment) return findExceptional(this.tableOf(segment));
    const known = this.exceptional.get(segment) ?? findExceptional(this.tableOf(segment));
    this.exceptional.set(segment, known);
    return known;
  }
}

function firstTimeMs(segment: AnySegment): number {
  return segment instanceof SealedSegment ? segment.trailer.firstTimeMs : segment.table().timeMs(0);
}

function findExceptional(table: CommitTable): Exceptional {
  const found: Exceptional = { gaps: [], suspects: [] };
  for (let i = 0; i < table.length; i++) {
    if ((table.flags(i) & (COMMIT_FLAGS.healed | COMMIT_FLAGS.clamped)) === 0) continue;
    const { timeMs, rawTimeMs, flags, gapFromMs, txid } = table.info(i);
    if (flags & COMMIT_FLAGS.healed) found.gaps.push({ fromMs: gapFromMs ?? timeMs, toMs: timeMs, txid });
    // Between what the clock said and what it had said before, nobody knows when anything was.
    if (flags & COMMIT_FLAGS.clamped) {
      const last = found.suspects.at(-1);
      const stretch = { fromMs: Math.min(rawTimeMs, timeMs), toMs: Math.max(rawTimeMs, timeMs) };
      if (last && stretch.fromMs <= last.toMs && stretch.toMs >= last.fromMs) widen(last, stretch);
      else found.suspects.push(stretch);
    }
  }
  return found;
}

function widen(stretch: Stretch, by: Stretch): void {
  stretch.fromMs = Math.min(stretch.fromMs, by.fromMs);
  stretch.toMs = Math.max(stretch.toMs, by.toMs);
}

function mergeStretches(stretches: Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last && stretch.fromMs <= last.toMs) widen(last, stretch);
    else merged.push({ ...stretch });
  }
  return merged;
}

function nothingYet(): LastgoodError {
  return new LastgoodError("not_protected", "Nothing of this database has been captured yet.", {
    hint: "Wait until the first full image is complete; the database's page shows how far it is.",
    retryAfterSeconds: 2,
  });
}
