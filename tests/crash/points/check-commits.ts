import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { applyDelta } from "../../../lib/engines/sqlite/history/page-delta.ts";
import type { CommitRecord } from "../../../lib/engines/sqlite/history/records.ts";
import { SealedSegment } from "../../../lib/engines/sqlite/history/sealed-segment.ts";

/** Where SQLite keeps the application id, by which the writer numbers its commits. */
const NUMBER_AT = 68;
/** SQLite's own: versions, change counter, schema cookie, version-valid-for, library version. */
const COUNTERS = [
  [18, 20],
  [24, 28],
  [40, 44],
  [92, 100],
] as const;

/** `sha` is null where the state was not sampled; then its pages' checksums alone speak for it. */
export type KnownState = { txid: number; bookmark: Bookmark; number: number; sha: string | null };

/** Every so many numbers the writer says what the whole database was. */
export const SAMPLED_EVERY = 4;

/** What was found wrong; all of it must stay empty. */
export type Findings = {
  /** Acknowledged commits that are missing or not what they were, gaps where none may be, histories that fail. */
  lost: string[];
  /** States that nobody committed, and restores that did not end in exactly one commit. */
  halfway: string[];
};

/**
 * Follows a history commit by commit in its own words, computes the whole database after each, and compares it with what the
 * foreign writer said when it was acknowledged.
 */
export class CommitChecker {
  readonly findings: Findings;
  readonly states: KnownState[] = [];
  /** Gaps that may be there: nobody held the log for a moment. */
  gapsAllowed = 0;
  /** Numbers behind which a VACUUM was begun. */
  readonly vacuumed = new Set<number>();
  /** The restore that is under way. */
  restore: { id: string; sha: string; commits: number } | null = null;
  readonly #name: string;
  readonly #directory: string;
  readonly #history: History;
  #image: Image;
  #throughTxid: number;
  #gaps = 0;
  /** The highest number seen; null before the first. */
  #highest: number;
  readonly #said = new Map<number, string>();
  readonly #found = new Map<number, string>();

  constructor(name: string, directory: string, findings: Findings) {
    this.#name = name;
    this.#directory = directory;
    this.findings = findings;
    this.#history = openHistory(directory);
    const base = this.#history.base();
    this.#throughTxid = base.txid;
    this.#image = new Image(readFileSync(base.path), this.#history.pageSize);
    this.#highest = this.#image.number;
    this.#keep(base.txid, true);
  }

  /** The writer was told that this commit is there; `sha` null: it did not say what the database was. */
  acknowledged(number: number, sha: string | null): void {
    if (sha === null) return;
    if (number >= this.#highest || this.#found.has(number)) this.#said.set(number, sha);
    this.#compare(number);
  }

  /** The newest state as a whole. */
  newestSha(): string {
    return this.#image.sha();
  }

  get newest(): KnownState {
    const last = this.states.at(-1);
    if (!last) throw new Error("the base image is a state");
    return last;
  }

  /** Takes every commit up to `txid`; `acknowledged` is the highest number that must be among them. */
  advance(txid: number, acknowledged: number): void {
    this.#history.refresh();
    for (const record of this.#history.records(this.#throughTxid + 1, txid, "ascending")) this.#take(record);
    if (txid < this.#throughTxid) this.#lose(`commit ${this.#throughTxid} was captured, now the newest is ${txid}`);
    if (this.#highest < acknowledged)
      this.#lose(`${acknowledged} was acknowledged, ${this.#highest} is the last captured`);
    if (this.#gaps > this.gapsAllowed) {
      this.#lose(`${this.#gaps} gaps, ${this.gapsAllowed} could not be helped`);
      this.gapsAllowed = this.#gaps;
    }
  }

  /** Reads the history from its base image on, as it is now, and compares every state with what it was when it came. */
  recheck(): void {
    const history = openHistory(this.#directory);
    try {
      const base = history.base();
      const image = new Image(readFileSync(base.path), history.pageSize);
      const compare = (txid: number) => {
        const known = this.states[txid - 1];
        const info = history.byTxid(txid);
        if (!known || !info) this.#lose(`commit ${txid} has left the history`);
        else if (history.bookmarkOf(info) !== known.bookmark) this.#lose(`commit ${txid} has another bookmark now`);
        else if (known.sha !== null && image.sha() !== known.sha) this.#lose(`commit ${txid} is another state now`);
      };
      compare(base.txid);
      for (const record of history.records(base.txid + 1, this.#throughTxid, "ascending")) {
        image.apply(record);
        compare(record.txid);
      }
    } finally {
      history.close();
    }
  }

  /** The commit that a time resolves to. */
  newestAt(timeMs: number): number {
    return this.#history.atOrBefore(timeMs)?.txid ?? 0;
  }

  /** The oldest commit that is still there. */
  oldestTxid(): number {
    this.#history.refresh();
    return this.#history.oldest().txid;
  }

  /** The first commit of each sealed segment, oldest first. */
  sealedStarts(): number[] {
    this.#history.refresh();
    const sealed = this.#history.allSegments().filter((segment) => segment instanceof SealedSegment);
    return sealed.map(({ header }) => header.firstTxid);
  }

  timeOf(txid: number): number {
    return this.#history.byTxid(txid)?.timeMs ?? 0;
  }

  close(): void {
    this.#history.close();
  }

  #take(record: CommitRecord): void {
    const before = this.newest;
    try {
      this.#image.apply(record);
    } catch (error) {
      this.#lose(`commit ${record.txid}: ${String(error)}`);
    }
    this.#throughTxid = record.txid;
    const isNew = this.#image.number > this.#highest;
    this.#keep(record.txid, !isNew || this.#image.number % SAMPLED_EVERY === 0);
    const isHealed = record.gapFromMs !== null;
    if (isHealed) this.#gaps++;
    const { number, sha } = this.newest;
    if (number > this.#highest) {
      if (number > this.#highest + 1 && !isHealed) this.#lose(`${this.#highest + 1} to ${number - 1} are missing`);
      for (let missing = this.#highest + 1; missing < number; missing++) this.#said.delete(missing);
      this.#highest = number;
      if (sha !== null) this.#found.set(number, sha);
      this.#compare(number);
    } else if (this.restore && sha === this.restore.sha) {
      this.restore.commits++;
    } else if (!isHealed && !this.#isVacuum(number, before.number)) {
      this.findings.halfway.push(`${this.#name}: commit ${record.txid} is a state that nobody committed (${number})`);
    }
  }

  /** A VACUUM keeps the number, which a restore may just have brought back. */
  #isVacuum(number: number, before: number): boolean {
    return number === before && (this.vacuumed.has(number) || this.vacuumed.has(this.#highest));
  }

  #keep(txid: number, isSampled: boolean): void {
    const info = this.#history.byTxid(txid);
    if (!info) throw new Error(`commit ${txid} cannot be looked up`);
    const bookmark = this.#history.bookmarkOf(info);
    this.states[txid - 1] = { txid, bookmark, number: this.#image.number, sha: isSampled ? this.#image.sha() : null };
  }

  /** Once both sides have spoken. */
  #compare(number: number): void {
    const [said, found] = [this.#said.get(number), this.#found.get(number)];
    if (said === undefined || found === undefined) return;
    if (said !== found) this.#lose(`the state of ${number} is not what it was`);
    this.#said.delete(number);
    this.#found.delete(number);
  }

  #lose(what: string): void {
    this.findings.lost.push(`${this.#name}: ${what}`);
  }
}

/** A whole database in memory. */
class Image {
  #bytes: Buffer;
  readonly #pageSize: number;

  constructor(bytes: Buffer, pageSize: number) {
    this.#bytes = bytes;
    this.#pageSize = pageSize;
  }

  get number(): number {
    return this.#bytes.readUInt32BE(NUMBER_AT);
  }

  sha(): string {
    const head = Buffer.from(this.#bytes.subarray(0, COUNTERS[COUNTERS.length - 1]?.[1] ?? 100));
    for (const [from, to] of COUNTERS) head.fill(0, from, to);
    return createHash("sha1").update(head).update(this.#bytes.subarray(head.length)).digest("hex");
  }

  /** Each page must be what the record says, before and after its step. */
  apply(record: CommitRecord): void {
    this.#resize(Math.max(record.sizeBefore, record.sizeAfter));
    for (const { page, crcBefore, crcAfter, delta } of record.pages) {
      const content = this.#bytes.subarray((page - 1) * this.#pageSize, page * this.#pageSize);
      if (crc32(content) !== crcBefore) throw new Error(`page ${page} was not what it says`);
      applyDelta(content, delta);
      if (crc32(content) !== crcAfter) throw new Error(`page ${page} is not what it says`);
    }
    this.#resize(record.sizeAfter);
  }

  #resize(pages: number): void {
    const bytes = pages * this.#pageSize;
    if (bytes === this.#bytes.length) return;
    const sized = Buffer.alloc(bytes);
    this.#bytes.copy(sized, 0, 0, Math.min(bytes, this.#bytes.length));
    this.#bytes = sized;
  }
}
