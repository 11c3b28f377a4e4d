import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { readUpTo } from "../../../storage/durable-file.ts";
import { type FileKey, filesOf, firstLaterTransaction, isOlder } from "../history/touched-files.ts";
import { segmentName } from "../history/wal-files.ts";
import { PAGE_BYTES, type WalBytes, WalReader } from "../history/wal-reader.ts";
import { TRANSACTION, transactionEnd } from "../history/wal-record.ts";
import type { WalSource } from "../recovery/recovery-plan.ts";
import type { ClusterCommit } from "./cluster-line.ts";

/** Beyond this reading the log takes about as long as comparing. */
const MOST_BYTES = 256 * 1024 * 1024;
/** How far back a list of running transactions is looked for; servers write one with each checkpoint and every 15 seconds of work. */
const MOST_SEGMENTS_BACK = 4;
const RECORDS_A_TURN = 20_000;
const CHUNK_BYTES = 256 * 1024;
/** Of `xl_info`: a transaction that was prepared earlier. */
const PREPARED_ENDS = new Set([0x30, 0x40]);

export type TouchedQuestion = {
  wal: WalSource;
  segmentBytes: number;
  /** Both of one stretch and timeline; the log between them is read. */
  from: ClusterCommit;
  to: ClusterCommit;
  /** Where segments are put for a moment. */
  folder: string;
  signal: AbortSignal;
};

/**
 * The files whose rows may not be the same at two commits: those that the log changes between them, and those that a transaction had
 * changed before the first commit which itself committed only after it. What the log does not name holds the same rows at both.
 * Null: that cannot be told, and everything is to be compared.
 */
export async function touchedBetween(question: TouchedQuestion): Promise<ReadonlySet<FileKey> | null> {
  const { from, to, segmentBytes, folder } = question;
  if (from.activation !== to.activation || from.timeline !== to.timeline) return null;
  if (to.lsn - from.lsn > MOST_BYTES || to.lsn < from.lsn) return null;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = mkdtempSync(path.join(folder, "touched-"));
  try {
    const first = Math.floor(from.lsn / segmentBytes);
    const segments = new FetchedSegments(question, own);
    for (let back = 0; back <= MOST_SEGMENTS_BACK && first - back >= 0; back++) {
      if (!(await segments.fetch(first - back))) return null;
      const seen = await read(question, segments, (first - back) * segmentBytes);
      if (seen !== "earlier") return seen;
    }
    return null;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** `earlier`: which transactions ran at the first commit stands further back in the log. */
async function read(
  { from, to, segmentBytes, signal }: TouchedQuestion,
  segments: FetchedSegments,
  startLsn: number,
): Promise<ReadonlySet<FileKey> | null | "earlier"> {
  const reader = new WalReader(segments, segmentBytes, { lsn: startLsn, previous: null });
  const touched = new Set<FileKey>();
  /** Of transactions that had not ended by the first commit. */
  const pending = new Map<number, Set<FileKey>>();
  let firstLater: number | null = null;
  for (let count = 1; ; count++) {
    if (count % RECORDS_A_TURN === 0) {
      await turn();
      signal.throwIfAborted();
    }
    const record = reader.next();
    if ("stop" in record) {
      // What is missing is the next segment, or there is none.
      const segment = Math.floor(record.pageLsn / segmentBytes);
      if (record.stop === "end" && !segments.has(segment) && (await segments.fetch(segment))) continue;
      return null;
    }
    if (record.lsn > to.lsn) return null;
    const isBefore = record.lsn <= from.lsn;
    const next = isBefore ? firstLaterTransaction(record) : null;
    if (next !== null) {
      firstLater = next;
      pending.clear();
    }
    if (firstLater === null) {
      if (!isBefore) return "earlier";
      continue;
    }
    if (record.rmgr === TRANSACTION && PREPARED_ENDS.has(record.info & 0x70)) return null;
    const end = transactionEnd(record);
    if (end) {
      for (const xid of end.xids) {
        if (!isBefore && end.isCommit) {
          // It wrote before anything that was read here.
          if (isOlder(xid, firstLater)) return null;
          for (const file of pending.get(xid) ?? []) touched.add(file);
        }
        pending.delete(xid);
      }
    }
    const files = filesOf(record);
    if (files === null) {
      if (!isBefore) return null;
      // Of whole databases, by whoever: a commit of theirs after the first one could bring it to light.
      firstLater = null;
      pending.clear();
      continue;
    }
    if (!isBefore) for (const file of files) touched.add(file);
    else if (record.xid !== 0) {
      const own = pending.get(record.xid) ?? new Set();
      for (const file of files) own.add(file);
      pending.set(record.xid, own);
    }
    if (record.lsn === to.lsn) return touched;
  }
}

/** Segments of a branch's log, each fetched and verified before it is read. */
class FetchedSegments implements WalBytes {
  readonly #question: TouchedQuestion;
  readonly #folder: string;
  readonly #there = new Set<number>();
  #chunk: { lsn: number; bytes: Buffer } | null = null;

  constructor(question: TouchedQuestion, folder: string) {
    this.#question = question;
    this.#folder = folder;
  }

  has(segment: number): boolean {
    return this.#there.has(segment);
  }

  async fetch(segment: number): Promise<boolean> {
    if (this.#there.has(segment)) return true;
    const { wal, segmentBytes, from } = this.#question;
    const name = segmentName({ timeline: from.timeline, segment }, segmentBytes);
    if (!(await wal.fetch(name, this.#fileOf(segment)))) return false;
    this.#there.add(segment);
    this.#chunk = null;
    return true;
  }

  page(lsn: number): Buffer | null {
    const { segmentBytes } = this.#question;
    const chunkLsn = lsn - (lsn % CHUNK_BYTES);
    if (this.#chunk?.lsn !== chunkLsn) {
      const segment = Math.floor(lsn / segmentBytes);
      if (!this.#there.has(segment)) return null;
      const fd = openSync(this.#fileOf(segment), "r");
      try {
        this.#chunk = { lsn: chunkLsn, bytes: readUpTo(fd, CHUNK_BYTES, chunkLsn % segmentBytes) };
      } finally {
        closeSync(fd);
      }
    }
    const at = lsn - chunkLsn;
    const page = this.#chunk.bytes.subarray(at, at + PAGE_BYTES);
    return page.length === PAGE_BYTES ? page : null;
  }

  #fileOf(segment: number): string {
    return path.join(this.#folder, segment.toString(16));
  }
}
