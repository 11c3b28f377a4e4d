import path from "node:path";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { type Bookmark, formatBookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, UNFINISHED, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { type AppendableSegment, continueSegment, createSegment } from "./appendable-segment.ts";
import { createHistory, type FirstCommit } from "./create-history.ts";
import { encodeBlockHeader, parseName, segmentName } from "./format.ts";
import { historyTagOf, RecordTag } from "./history-identity.ts";
import { isFull } from "./is-full.ts";
import { isSoundSegment } from "./is-sound-segment.ts";
import { OpenSegment } from "./open-segment.ts";
import { COMMIT_HEADER, type CommitHeader, PAGES_HEADER, Payload, RECORD, type RestartWindow } from "./payload.ts";
import type { LogPosition } from "./records.ts";
import { sealSegment } from "./seal-segment.ts";
import type { SealedSegment } from "./sealed-segment.ts";
import { closeAll, listSegments, oldestSealedTimeMs } from "./segment-list.ts";
import { setAsideUnreadableEnd } from "./set-aside.ts";

/**
 * An open segment is sealed when it is this large (bytes, commits), or its first commit this old. A history that spans a long
 * time has its segments sealed by age only once they span a share of it: their number stays bounded where little is written.
 */
export type SealAt = { bytes: number; commits: number; ageMs?: number };
const SEAL_AT: SealAt = { bytes: 32 * 1024 * 1024, commits: 65536, ageMs: 24 * 3600 * 1000 };
/** A commit's pages are split into records of about this size, so that no commit has to fit into memory. */
const PART_BYTES = 4 * 1024 * 1024;

/** What is known of the newest commit; of a commit that is not flushed yet too. */
export type Newest = { txid: number; timeMs: number; recordTag: string; sizePages: number };

/**
 * Appends to a history; one process at a time, the reader. Records are gathered by `add…` and become durable together
 * with `flush`. After an error of `flush` the writer is useless: what became durable is known only after opening anew.
 */
export class HistoryWriter {
  readonly directory: string;
  readonly historyId: Buffer;
  readonly pageSize: number;
  /** Includes what is gathered and not flushed. */
  newest: Newest;
  window: RestartWindow | null = null;
  watermarkMs = 0;
  /** Where capture stood in the log when the newest record was written. */
  position: LogPosition;
  /** Called when a segment is full, before it is sealed. */
  onSeal: (() => void) | null = null;
  private readonly sealAt: SealAt;
  private readonly payload = new Payload();
  private readonly tag: RecordTag;
  private readonly historyTag: string;
  private current: AppendableSegment;
  /** Where the history began when the newest segment was opened; pruning moves it. */
  private oldestTimeMs: number;
  private gatheredCommits = 0;
  private partPages = 0;
  private commitPages = 0;
  private sealing: Promise<void> = Promise.resolve();
  private failure: unknown = null;

  /** Creates a history (see `createHistory`) and opens it. */
  static create(
    directory: string,
    historyId: Buffer,
    pageSize: number,
    first: FirstCommit,
    sealAt: SealAt = SEAL_AT,
  ): HistoryWriter {
    createHistory(directory, historyId, pageSize, first);
    return HistoryWriter.open(directory, sealAt);
  }

  /** Whether a directory holds a history: an image alone is the rest of a base that was never completed. */
  static exists(directory: string): boolean {
    try {
      return disk.readdirSync(directory).some((name) => {
        const what = parseName(name)?.what;
        return what === "open" || what === "sealed";
      });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    }
  }

  /**
   * Opens a history to go on appending: cuts a torn tail off, abandons a commit that was not completed, removes what a
   * crash left behind. Damage to older commits stays where it is; newest ones that cannot be read are set aside, so that it
   * goes on behind the last that can. Throws `history_damaged` when none can.
   */
  static open(directory: string, sealAt: SealAt = SEAL_AT): HistoryWriter {
    // A name that a crash left undurable must not be what another file is removed for.
    syncDirectory(directory);
    for (const name of disk.readdirSync(directory)) {
      const parsed = parseName(name);
      const isSealedToo =
        parsed?.what === "open" && disk.readdirSync(directory).includes(segmentName(parsed.txid, "sealed"));
      // Unfinished images are not ours: they may be a pruning's that goes on right now.
      const isUnfinished = name.endsWith(UNFINISHED) && /^(segment|mirror)/.test(name);
      if (!isUnfinished && !isSealedToo) continue;
      const sealed = isSealedToo ? path.join(directory, segmentName(parsed.txid, "sealed")) : null;
      // Of the two the sealed one goes when it cannot be read: it is made again.
      disk.rmSync(sealed && !isSoundSegment(sealed) ? sealed : path.join(directory, name), { force: true });
      reachPoint("open.leftover-removed");
    }
    setAsideUnreadableEnd(directory);
    const { segments, holes } = listSegments(directory, []);
    const damaged = new Set(holes.filter(({ kind }) => kind === "damaged").map(({ file }) => file));
    let writer: HistoryWriter | null = null;
    try {
      writer = new HistoryWriter(directory, segments, sealAt, damaged);
      closeAll(segments);
      return writer;
    } catch (error) {
      if (writer) disk.closeSync(writer.current.fd);
      else closeAll(segments);
      throw error;
    }
  }

  private constructor(
    directory: string,
    segments: readonly (OpenSegment | SealedSegment)[],
    sealAt: SealAt,
    damaged: ReadonlySet<string>,
  ) {
    const last = segments.at(-1);
    const newest = [...segments].reverse().find((segment) => segment.commits > 0);
    assert(last && newest, "a history holds its first commit");
    const info = newest.table().info(newest.commits - 1);
    this.directory = directory;
    this.sealAt = sealAt;
    this.historyId = last.header.historyId;
    this.historyTag = historyTagOf(this.historyId);
    this.tag = new RecordTag(this.historyId);
    this.pageSize = last.header.pageSize;
    this.newest = { txid: info.txid, timeMs: info.timeMs, recordTag: info.recordTag, sizePages: info.sizeAfter };
    this.position = info.position;
    for (const segment of segments.slice(-2)) {
      const said = whatItSays(segment);
      this.window = said?.window ?? this.window;
      this.watermarkMs = Math.max(this.watermarkMs, segment.watermarkMs);
      this.position = said?.position ?? this.position;
    }
    this.oldestTimeMs = oldestSealedTimeMs(directory) ?? info.timeMs;
    this.current = last instanceof OpenSegment ? continueSegment(last) : this.createSegment(last.chainAfter);
    if (last instanceof OpenSegment && last.index.unfinished) this.payload.addAbandon();
    for (const segment of segments) {
      const isLeft = segment instanceof OpenSegment && segment.file !== this.current.file;
      if (isLeft && !damaged.has(segment.file)) this.sealLater(segment.file);
    }
  }

  /** Bytes gathered and not yet flushed. */
  get gatheredBytes(): number {
    return this.payload.bytes;
  }

  get hasGathered(): boolean {
    return this.payload.records > 0;
  }

  /** Of what is written, not of what is gathered. */
  get chain(): number {
    return this.current.chain;
  }

  bookmarkOf(commit: Newest): Bookmark {
    return formatBookmark({ txid: commit.txid, historyTag: this.historyTag, recordTag: commit.recordTag });
  }

  beginCommit(): void {
    this.payload.begin(RECORD.commit, COMMIT_HEADER);
    this.partPages = 0;
    this.commitPages = 0;
  }

  /** Begins a commit of any number of pages: `flushPart` writes what is gathered, whenever `partIsFull`. */
  beginLongCommit(): void {
    assert(!this.hasGathered, "a long commit begins with a block of its own");
    this.payload.begin(RECORD.pages, PAGES_HEADER);
    this.partPages = 0;
    this.commitPages = 0;
  }

  /** Takes back a long commit of which no page was added. */
  cancelLongCommit(): void {
    assert(this.commitPages === 0, "only an empty commit is taken back");
    this.payload.clear();
  }

  get partIsFull(): boolean {
    return this.payload.bytes >= PART_BYTES;
  }

  /** Adds one page to the commit begun last; see `Payload.addPage`. */
  addPage(
    page: number,
    crcBefore: number,
    crcAfter: number,
    before: Int32Array,
    beforeAt: number,
    after: Int32Array,
    afterAt: number,
  ): void {
    this.payload.addPage(page, crcBefore, crcAfter, before, beforeAt, after, afterAt, this.pageSize / 4);
    this.tag.addPage(page, crcAfter);
    this.partPages++;
    this.commitPages++;
  }

  /** Writes the pages of a long commit that are gathered; they count only once its `endCommit` is flushed. */
  flushPart(): void {
    if (this.partPages > 0) {
      this.payload.endPages(this.newest.txid + 1, this.partPages);
      this.writeBlock();
      reachPoint("capture.part-written");
    } else {
      this.payload.clear();
    }
    this.payload.begin(RECORD.pages, PAGES_HEADER);
    this.partPages = 0;
  }

  /** Ends a long commit: its last pages are written and its header follows with the next flush. */
  endLongCommit(commit: Omit<CommitHeader, "txid" | "recordTag" | "pageCount" | "sizeBefore">): void {
    this.flushPart();
    this.payload.clear();
    this.payload.begin(RECORD.commit, COMMIT_HEADER);
    this.endCommit(commit);
  }

  /** Ends the commit begun last. It is durable after the next `flush`. */
  endCommit(commit: Omit<CommitHeader, "txid" | "recordTag" | "pageCount" | "sizeBefore">): void {
    const txid = this.newest.txid + 1;
    assert(commit.timeMs >= this.newest.timeMs, "times never fall");
    const recordTag = this.tag.finish(txid, commit.position);
    const sizeBefore = this.newest.sizePages;
    this.payload.endCommit({ ...commit, txid, recordTag, pageCount: this.commitPages, sizeBefore }, this.partPages);
    this.newest = { txid, timeMs: commit.timeMs, recordTag, sizePages: commit.sizeAfter };
    this.position = commit.position;
    this.current.firstTimeMs = Math.min(this.current.firstTimeMs, commit.timeMs);
    this.gatheredCommits++;
  }

  addWindow(window: RestartWindow): void {
    this.window = window;
    this.position = window.position;
    this.payload.addWindow(window);
  }

  addWatermark(timeMs: number): void {
    this.watermarkMs = Math.max(timeMs, this.watermarkMs);
    this.payload.addWatermark(this.watermarkMs);
  }

  addPosition(position: LogPosition): void {
    this.position = position;
    this.payload.addPosition(position);
  }

  addNote(note: object): void {
    this.payload.addNote(this.newest.txid, JSON.stringify(note));
  }

  /** Makes everything durable, and leaves nothing gathered. Throws the system's error; then the writer is of no use. */
  async flush(): Promise<void> {
    if (this.failure) throw this.failure;
    try {
      while (this.hasGathered) {
        const endsCommits = this.gatheredCommits > 0;
        this.writeBlock();
        reachPoint("capture.block-written");
        await disk.fdatasync(this.current.fd);
        reachPoint("capture.block-synced");
        this.current.durableEnd = this.current.end;
        // A segment ends with a commit: `missingEnd` relies on it.
        if (endsCommits && isFull(this.current, this.sealAt, this.newest.timeMs, this.oldestTimeMs)) this.rotate();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Frees the memory that a busy time has left. */
  rest(): void {
    this.payload.rest();
  }

  /** A write, a sync or a seal has failed: the next flush throws it. */
  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** Waits until every full segment is sealed, or its seal has failed: then the next flush says so. */
  sealed(): Promise<void> {
    return this.sealing;
  }

  /** Begins another segment behind the newest commit, and answers once all before it is sealed. Nothing may be gathered. */
  async sealNow(): Promise<void> {
    await this.flush();
    if (this.current.commits > 0) this.rotate();
    await this.flush();
    await this.sealing;
    if (this.failure) throw this.failure;
  }

  /** Waits for seals under way, then lets go of the files. Gathered records that were not flushed are dropped. */
  async close(): Promise<void> {
    try {
      disk.closeSync(this.current.fd);
    } finally {
      await this.sealing;
    }
  }

  private writeBlock(): void {
    const { current, payload } = this;
    const block = payload.block();
    current.chain = encodeBlockHeader(
      {
        payloadBytes: payload.bytes,
        firstTxid: current.firstTxid + current.commits,
        commits: this.gatheredCommits,
        records: payload.records,
        chainBefore: current.chain,
        payloadCrc: crc32(payload.payload()),
      },
      block,
    );
    try {
      writeWhole(current.fd, block, current.end);
    } catch (error) {
      this.fail(error);
    }
    current.end += block.length;
    current.commits += this.gatheredCommits;
    this.gatheredCommits = 0;
    payload.clear();
  }

  /**
   * Ends the writer's use. What was written since the last sync that succeeded is cut off at once, so that nobody, whoever
   * opens the history next, takes what the page cache still shows for durable.
   */
  private fail(error: unknown): never {
    this.failure ??= error;
    const { fd, durableEnd } = this.current;
    try {
      disk.ftruncateSync(fd, durableEnd);
    } catch {
      // Then the next opening finds it, and writes it again before it trusts it.
    }
    throw error;
  }

  /** Starts the next open segment, which repeats what a reader that starts has to know, and seals the full one. */
  private rotate(): void {
    this.onSeal?.();
    const full = this.current;
    this.current = this.createSegment(full.chain);
    reachPoint("rotate.segment-created");
    disk.closeSync(full.fd);
    if (this.window) this.payload.addWindow(this.window);
    if (this.watermarkMs > 0) this.payload.addWatermark(this.watermarkMs);
    this.payload.addPosition(this.position);
    this.sealLater(full.file);
    reachPoint("rotate.ended");
    this.oldestTimeMs = oldestSealedTimeMs(this.directory) ?? this.oldestTimeMs;
  }

  private createSegment(chainBefore: number): AppendableSegment {
    const { directory, historyId, pageSize } = this;
    return createSegment(directory, { historyId, firstTxid: this.newest.txid + 1, pageSize, chainBefore });
  }

  private sealLater(file: string): void {
    this.sealing = this.sealing
      .then(() => sealSegment(file))
      .catch((error: unknown) => {
        // The open one stays readable; but what cannot be sealed may be a failing disk: the next flush says so.
        this.failure ??= error;
      });
  }
}

/** The window and position that a segment ends with; null when that part of it is damaged: neither is needed then. */
function whatItSays(segment: OpenSegment | SealedSegment): Pick<OpenSegment["index"], "window" | "position"> | null {
  if (segment instanceof OpenSegment) return segment.index;
  try {
    return segment.extras();
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return null;
    throw error;
  }
}
