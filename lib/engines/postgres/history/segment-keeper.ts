import path from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { Logger } from "pino";
import { formatLsn } from "../../../domain/cluster-bookmark.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeWhole } from "../../../storage/durable-file.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { incarnationFolders } from "./cluster-history.ts";
import type { OpenHead } from "./commit-rows.ts";
import { type IndexFiles, indexFiles } from "./index-files.ts";
import { IndexWriter } from "./index-writer.ts";
import { ReceivedLog } from "./received-log.ts";
import { SegmentArchive } from "./segment-archive.ts";
import { encodeNote, isWorthTelling } from "./segment-notes.ts";
import { TableStreaks } from "./table-streaks.ts";
import { TransactionNotes } from "./transaction-notes.ts";
import { segmentName } from "./wal-files.ts";
import { isSwitch, PAGE_BYTES, WalReader, type WalRecord, type WalStop } from "./wal-reader.ts";
import { transactionEnd } from "./wal-record.ts";

export type SegmentKeeperOptions = {
  /** The cluster's history, `ClusterPlaces.history`. */
  directory: string;
  /** Its number; its folders are made where they are not there. */
  incarnation: number;
  /** Of `history.json`. */
  segmentBytes: number;
  /** The log is read without any. */
  programs?: PostgresPrograms | null;
  log: Logger;
};

/** Records read in one go: then others of this process have their turn. */
const RECORDS_AT_ONCE = 5_000;

/**
 * Puts the received log of one incarnation into its index: the receiver calls it, and nobody else writes there. One for each
 * incarnation that is received; `close` it before another one is made for the same.
 */
export class SegmentKeeper {
  readonly #options: SegmentKeeperOptions;
  readonly #folders: ReturnType<typeof incarnationFolders>;
  readonly #files: IndexFiles;
  readonly #index: IndexWriter;
  readonly #archive: SegmentArchive;
  readonly #log: ReceivedLog;
  readonly #notes = new TransactionNotes();
  readonly #streaks = new TableStreaks(({ from: lsn, rows: deletes, relation, commits, throughMs }) => {
    this.#tell(encodeNote({ lsn, deletes, relation, dropped: 0, changes: [], commits, throughMs }));
  });
  #position: { lsn: number; previous: number | null } | null = null;
  #newest: { lsn: number; timeUs: number } | null = null;
  /** Where the last record was read that leaves the rest of its segment empty. */
  #switchedAt = -1;
  #taking: Promise<void> | null = null;
  #waiting: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: SegmentKeeperOptions) {
    this.#options = options;
    const { directory, incarnation, segmentBytes } = options;
    this.#folders = incarnationFolders(directory, incarnation);
    for (const folder of [this.#folders.wal, this.#folders.archive, this.#folders.bases, this.#folders.index]) {
      disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    this.#files = indexFiles(this.#folders.index);
    this.#index = new IndexWriter(this.#files, segmentBytes);
    // What is put into a folder is there after a power cut only when the folder is.
    for (const folder of [this.#folders.root, path.dirname(this.#folders.root)]) syncDirectory(folder);
    this.#archive = new SegmentArchive(this.#folders, segmentBytes, (name) => {
      const { root: directory } = this.#folders;
      options.log.error({ directory, name }, "a received segment is not what it was when it was read: it is set aside");
    });
    this.#log = new ReceivedLog(this.#folders.wal, segmentBytes);
    const { last } = this.#index;
    if (last) {
      this.#notes.recall(this.#files.doing, last.toLsn);
      this.#position = { lsn: last.toLsn, previous: last.previousLsn < 0 ? null : last.previousLsn };
      if (last.lastCommitLsn >= 0) this.#newest = { lsn: last.lastCommitLsn, timeUs: last.lastTimeUs };
    }
  }

  /**
   * Takes in whatever is new in `wal`: every record is verified, each commit indexed. What is still being written is indexed as far as
   * it goes. Whole segments move compressed to the archive, which goes on by itself (`archived`). Calls that overlap are answered
   * together, by a look that began after they were made.
   */
  take(): Promise<void> {
    if (!this.#taking) {
      this.#taking = this.#take().finally(() => {
        this.#taking = null;
      });
      return this.#taking;
    }
    this.#waiting ??= this.#taking
      .catch(() => undefined)
      .then(() => {
        this.#waiting = null;
        return this.take();
      });
    return this.#waiting;
  }

  /** Waits until every segment that is whole lies in the archive. Throws what keeps one from it. */
  async archived(): Promise<void> {
    // What is being moved already was looked for before.
    await this.#archive.move().catch(() => undefined);
    await this.#archive.move();
  }

  /**
   * The newest commit that the index has (of anybody's: a flush is none), and its number in this incarnation's own log, from 1. `lsn`
   * is the position where its record begins.
   */
  newest(): { lsn: string; timeMs: number; ordinal: number } | null {
    if (!this.#newest) return null;
    const { lsn, timeUs } = this.#newest;
    return { lsn: formatLsn(BigInt(lsn)), timeMs: Math.floor(timeUs / 1000), ordinal: this.#index.commits };
  }

  /**
   * The index knows every commit whose record begins before `lsn`. `timeMs`: the latest time that a record of it bears. Null: nothing
   * was read yet.
   */
  readThrough(): { lsn: string; timeMs: number | null } | null {
    if (!this.#position) return null;
    const timeUs = this.#index.open?.lastTimeUs ?? this.#index.last?.lastTimeUs ?? 0;
    const timeMs = timeUs > 0 ? Math.floor(timeUs / 1000) : null;
    return { lsn: formatLsn(BigInt(this.#position.lsn)), timeMs };
  }

  /** Ends it: what was begun is finished first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#taking?.catch(() => undefined);
    await this.#archive.close();
    this.#index.close();
    this.#log.close();
  }

  async #take(): Promise<void> {
    if (this.#isClosed) return;
    this.#log.look();
    if (!this.#position && !this.#begin()) return;
    try {
      while (!this.#isClosed && (await this.#readOn())) await breathe();
    } finally {
      this.#log.close();
    }
    void this.#archive.move().catch((error: unknown) => {
      this.#options.log.warn({ err: error, directory: this.#folders.root }, "a segment could not be archived");
    });
  }

  /** The log begins where what is there begins. */
  #begin(): boolean {
    const first = this.#log.first();
    if (first === null) return false;
    this.#position = { lsn: first * this.#options.segmentBytes, previous: null };
    return true;
  }

  /** Reads some records; false: there are no more. */
  async #readOn(): Promise<boolean> {
    const { segmentBytes } = this.#options;
    const position = this.#position;
    if (!position) return false;
    const reader = new WalReader(this.#log, segmentBytes, position);
    let stop: WalStop | null = null;
    for (let i = 0; i < RECORDS_AT_ONCE; i++) {
      const segment = Math.floor(reader.position.lsn / segmentBytes);
      if (!this.#enter(segment, reader)) return false;
      const next = reader.next();
      if ("stop" in next) {
        stop = next;
        break;
      }
      // A record that is the first of a later segment: its own one begins with it.
      if (Math.floor(next.lsn / segmentBytes) !== segment) {
        this.#enter(Math.floor(next.lsn / segmentBytes), { position: { lsn: next.lsn, previous: null } });
      }
      this.#see(next);
    }
    this.#position = reader.position;
    if (!stop) {
      this.#index.publish(reader.position.lsn);
      return true;
    }
    return this.#stopped(stop);
  }

  /** Makes the segment with the next record the one that is written; false: its file is not there yet. */
  #enter(segment: number, { position }: { position: WalReader["position"] }): boolean {
    const { open } = this.#index;
    const file = this.#log.file(segment);
    if (open?.segment === segment) {
      // A newer timeline took over amid it: its file begins with what was read already.
      if (file) open.timeline = file.timeline;
      return true;
    }
    if (open) this.#finish(open, position);
    if (!file && !this.#log.goesBeyond(segment)) {
      this.#position = position;
      return false;
    }
    const { last } = this.#index;
    this.#index.begin(file?.timeline ?? last?.timeline ?? 1, segment, last?.toLsn ?? position.lsn);
    return true;
  }

  #finish(open: OpenHead, { lsn, previous }: WalReader["position"]): void {
    this.#notes.keep(this.#files.doing, lsn);
    const { segmentBytes } = this.#options;
    const isSwitched = Math.floor(this.#switchedAt / segmentBytes) === open.segment;
    // What follows such a record may still be on its way, and holds nothing.
    const sum = this.#log.sum(open.segment, isSwitched ? this.#switchedAt % segmentBytes : segmentBytes);
    this.#index.finish(segmentName(open, segmentBytes), lsn, previous, sum);
  }

  #see(record: WalRecord): void {
    if (isSwitch(record)) this.#switchedAt = record.lsn;
    this.#notes.see(record);
    const end = transactionEnd(record);
    if (!end) return;
    const { isFlush, note, lost } = this.#notes.end(end);
    const row = this.#index.add(record.lsn % this.#options.segmentBytes, end.timeUs, end.isCommit && !isFlush);
    if (!row.isCommit) return;
    this.#newest = { lsn: record.lsn, timeUs: row.timeUs };
    if (isWorthTelling(note)) this.#tell(encodeNote({ ...note, lsn: record.lsn }));
    this.#streaks.commit(record.lsn, Math.floor(row.timeUs / 1000), lost);
  }

  /** What stands where no record does is the end of a log that is being written, and damage where the log goes on behind it. */
  #stopped(stop: WalStop): boolean {
    const { segmentBytes } = this.#options;
    const segment = Math.floor(stop.pageLsn / segmentBytes);
    const file = this.#log.file(segment);
    if (file?.isPartial || !this.#log.goesBeyond(segment)) {
      this.#index.publish(stop.lsn);
      this.#streaks.rest();
      return false;
    }
    this.#options.log.error(
      { directory: this.#folders.root, segment, lsn: formatLsn(BigInt(stop.lsn)), why: stop.why },
      file ? "a received segment is damaged" : "a segment was never received",
    );
    this.#index.breakAt(stop.lsn);
    // The next page may begin with a whole record again.
    this.#position = { lsn: stop.pageLsn + PAGE_BYTES, previous: null };
    return true;
  }

  #tell(line: string): void {
    const fd = disk.openSync(this.#files.notes, "a", 0o600);
    try {
      writeWhole(fd, Buffer.from(line), null);
    } finally {
      disk.closeSync(fd);
    }
  }
}
