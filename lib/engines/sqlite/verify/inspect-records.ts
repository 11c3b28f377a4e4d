import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { AnySegment } from "../history/history-steps.ts";
import type { Hole } from "../history/holes.ts";
import type { PageChecksums } from "../history/page-checksums.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import { SegmentRecords } from "../history/segment.ts";
import { ChecksumTable } from "../restore/checksums-at.ts";
import type { Damage } from "./history-report.ts";

/**
 * Commits whose records cannot be gone through. `lostTo`: the last state among them that is lost by it; the state of the
 * last unreadable record itself is still reached from behind, unless nothing names it any more.
 */
export type Impassable = { fromTxid: number; toTxid: number | null; lostTo: number | null };

export type InspectedRecords = {
  damage: Damage[];
  impassable: Impassable[];
  commits: number;
  steps: number;
  /** The checksums of all pages of the newest state; null when damage hides them. */
  newest: ChecksumTable | null;
};

/** What the checksums begin with: those of the base image, and those of the mirror where the walk meets its commit. */
export type KnownChecksums = { base: PageChecksums | null; mirror: PageChecksums | null };

/** Reads every byte of all segments, and follows the checksum of every page from commit to commit. */
export function inspectRecords(
  segments: readonly AnySegment[],
  holes: readonly Hole[],
  known: KnownChecksums,
  report: (commits: number) => void,
): InspectedRecords {
  const inspection = new RecordInspection(known);
  for (const hole of holes) inspection.takeHole(hole);
  for (const segment of segments) inspection.read(segment, report);
  return inspection.result();
}

class RecordInspection {
  readonly #known: KnownChecksums;
  readonly #damage: Damage[] = [];
  readonly #impassable: Impassable[] = [];
  #commits = 0;
  #steps = 0;
  #table: ChecksumTable | null = null;
  #lastTxid = 0;

  constructor(known: KnownChecksums) {
    this.#known = known;
  }

  result(): InspectedRecords {
    const impassable = this.#impassable.sort((a, b) => a.fromTxid - b.fromTxid);
    return {
      damage: this.#damage,
      impassable,
      commits: this.#commits,
      steps: this.#steps,
      newest: this.#table,
    };
  }

  takeHole({ kind, fromTxid, toTxid, file, cause }: Hole): void {
    const lostTo = kind === "break" ? fromTxid - 1 : toTxid;
    this.#impassable.push({ fromTxid, toTxid, lostTo });
    const part = kind === "missing" ? "what follows it" : "file";
    const commits = kind === "break" ? null : { fromTxid, toTxid };
    this.#damage.push({ file: path.basename(file), part, cause, commits });
  }

  read(segment: AnySegment, report: (commits: number) => void): void {
    const bad = segment instanceof SealedSegment ? this.#takeParts(segment) : [];
    const reader = new SegmentRecords(segment);
    const { firstTxid } = segment.header;
    for (let index = 0; index < segment.commits; index++) {
      const txid = firstTxid + index;
      if (bad.some((range) => txid >= range.fromTxid && txid <= range.toTxid)) this.#table = null;
      else this.#readCommit(segment, reader, txid);
      this.#adopt(segment, txid);
      this.#lastTxid = txid;
      report(this.#commits);
    }
  }

  /** The damaged parts of a sealed segment; answers the commits that cannot be read for it. */
  #takeParts(segment: SealedSegment): { fromTxid: number; toTxid: number }[] {
    const bad: { fromTxid: number; toTxid: number }[] = [];
    const file = path.basename(segment.file);
    for (const { part, cause, commits } of segment.damagedParts()) {
      if (commits === null) {
        this.#damage.push({ file, part, cause, commits });
        continue;
      }
      const { fromTxid } = commits;
      const isRead = isReadable(segment, commits.toTxid);
      const toTxid = isRead && commits.toTxid > fromTxid ? commits.toTxid - 1 : commits.toTxid;
      const isNamed = isReadableRow(segment, toTxid);
      this.#damage.push({ file, part, cause, commits: { fromTxid, toTxid } });
      this.#impassable.push({ fromTxid, toTxid, lostTo: isNamed ? toTxid - 1 : toTxid });
      bad.push({ fromTxid, toTxid });
    }
    return bad;
  }

  #readCommit(segment: AnySegment, reader: SegmentRecords, txid: number): void {
    const follows = txid === this.#lastTxid + 1;
    if (!follows) this.#table = null;
    try {
      let wrongPage: number | null = null;
      let sizeAfter = 0;
      const changed: { page: number; crcAfter: number }[] = [];
      for (const part of reader.parts(txid - segment.header.firstTxid)) {
        sizeAfter = part.sizeAfter;
        this.#steps += part.pages.length;
        for (const { page, crcBefore, crcAfter } of part.pages) {
          if (this.#table && this.#table.of(page) !== crcBefore) wrongPage ??= page;
          changed.push({ page, crcAfter });
        }
      }
      this.#commits++;
      if (wrongPage !== null) this.#takeContradiction(segment, txid, wrongPage);
      this.#table?.goOn({ sizeAfter, pages: changed });
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#table = null;
      const commits = { fromTxid: txid, toTxid: txid };
      const file = path.basename(segment.file);
      this.#damage.push({ file, part: `commit ${txid}`, cause: String(error.details.cause ?? error.message), commits });
      this.#impassable.push({ ...commits, lostTo: txid - 1 });
    }
  }

  /** Both commits are whole, and yet one does not begin where the other ends. */
  #takeContradiction(segment: AnySegment, txid: number, page: number): void {
    const cause = `its page ${page} does not begin as the commit before left it`;
    this.#damage.push({ file: path.basename(segment.file), part: `commit ${txid}`, cause, commits: null });
    this.#impassable.push({ fromTxid: txid, toTxid: txid, lostTo: txid - 1 });
    this.#table = null;
  }

  /** Where the base image or the mirror's checksums stand, all pages are known anew. */
  #adopt(segment: AnySegment, txid: number): void {
    const { base, mirror } = this.#known;
    if (base?.txid === txid) this.#table = new ChecksumTable(base.table, base.pageSize);
    if (mirror?.txid !== txid) return;
    const written = new ChecksumTable(mirror.table, mirror.pageSize);
    if (this.#table && !isSame(this.#table, written)) {
      const cause = `they are not those of commit ${txid} in ${path.basename(segment.file)}`;
      this.#damage.push({ file: "mirror.crc", part: "checksums", cause, commits: null });
    } else {
      this.#table = written;
    }
  }
}

function isSame(one: ChecksumTable, other: ChecksumTable): boolean {
  if (one.size !== other.size) return false;
  for (let page = 1; page <= one.size; page++) if (one.of(page) !== other.of(page)) return false;
  return true;
}

function isDamage(error: unknown): error is LastgoodError {
  return error instanceof LastgoodError && error.code === "history_damaged";
}

function isReadable(segment: SealedSegment, txid: number): boolean {
  try {
    for (const _ of new SegmentRecords(segment).parts(txid - segment.header.firstTxid));
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

function isReadableRow(segment: SealedSegment, txid: number): boolean {
  try {
    segment.table().info(txid - segment.header.firstTxid);
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
