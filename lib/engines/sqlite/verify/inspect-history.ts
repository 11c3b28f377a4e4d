import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { UNFINISHED } from "../../../storage/durable-file.ts";
import { MIRROR_CHECKSUMS_NAME, MIRROR_NAME, parseName } from "../history/format.ts";
import { missingEnd } from "../history/missing-end.ts";
import { History } from "../history/open-history.ts";
import { OpenSegment } from "../history/open-segment.ts";
import type { PageChecksums } from "../history/page-checksums.ts";
import { SET_ASIDE } from "../history/set-aside.ts";
import { isCookieFloorSound, SCHEMA_COOKIE_NAME } from "../restore/schema-cookie.ts";
import type { Damage, Edge, HistoryReport } from "./history-report.ts";
import { inspectBase, inspectChecksums, wrongInMirror, wrongPages } from "./inspect-images.ts";
import { type InspectedRecords, inspectRecords } from "./inspect-records.ts";
import { restorableRanges } from "./restorable-ranges.ts";

/** How often a history whose mirror does not agree is looked at: the reader may be writing it. */
const TRIES = 4;
const PAUSE_MS = 150;

/**
 * Reads every byte of a history and tells what is damaged, which states are lost for it, and which can be restored from
 * which end. Goes on after the first damage and changes nothing. Throws `history_damaged` only for a file of a newer version.
 */
export async function inspectHistory(
  directory: string,
  report: (done: number, total: number) => void = () => undefined,
  tries = TRIES,
): Promise<HistoryReport> {
  for (let attempt = 1; ; attempt++) {
    const { result, mirrorDisagrees } = inspectOnce(directory, report);
    if (!mirrorDisagrees || attempt >= tries) return result;
    await sleep(PAUSE_MS);
  }
}

/** The same from one look; who writes the history at this moment may make its mirror seem damaged. */
export function inspectHistoryOnce(directory: string): HistoryReport {
  return inspectOnce(directory, () => undefined).result;
}

function inspectOnce(directory: string, report: (done: number, total: number) => void) {
  const names = disk.readdirSync(directory);
  const history = openOrNull(directory);
  try {
    const inspection = new Inspection(directory, names, history);
    const result = inspection.run(report);
    return { result, mirrorDisagrees: inspection.mirrorDisagrees };
  } finally {
    history?.close();
  }
}

/** Null when not one segment can be read. */
function openOrNull(directory: string): History | null {
  try {
    return new History(directory);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged" && error.details.cause !== undefined)
      return null;
    throw error;
  }
}

class Inspection {
  mirrorDisagrees = false;
  readonly #directory: string;
  readonly #names: readonly string[];
  readonly #history: History | null;
  readonly #damage: Damage[] = [];
  readonly #remarks: string[] = [];

  constructor(directory: string, names: readonly string[], history: History | null) {
    this.#directory = directory;
    this.#names = names;
    this.#history = history;
  }

  run(report: (done: number, total: number) => void): HistoryReport {
    const directory = this.#directory;
    const history = this.#history;
    const historyId = history?.historyId ?? null;
    this.#lookAtOtherFiles();
    const baseTxid = history?.baseTxid() ?? 1;
    const base = inspectBase(directory, baseTxid, historyId);
    this.#damage.push(...base.damage);
    const mirror = inspectChecksums(directory, MIRROR_CHECKSUMS_NAME, historyId);
    const wasWritten = this.#names.includes(MIRROR_CHECKSUMS_NAME);
    if (wasWritten) this.#damage.push(...mirror.damage);
    else this.#remarks.push("mirror.crc is not there yet: it is written when capture ends, and now and then before.");
    const total = history ? history.newest().txid - baseTxid + 1 : 1;
    const known = { base: base.checksums, mirror: mirror.checksums };
    const records = inspectRecords(history?.allSegments() ?? [], history?.knownHoles() ?? [], known, (commits) =>
      report(commits, total),
    );
    this.#damage.push(...records.damage);
    this.#lookAtEnd(records, mirror.checksums);
    const mirrorIsSound = this.#lookAtMirror(records);
    if (!mirrorIsSound) this.#lookForWholeMirror(mirror.checksums);
    const sizes = this.#names.map(
      (name) => disk.statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    const ends = { baseTxid, newestTxid: this.#newestTxid(), baseIsSound: base.isSound, mirrorIsSound };
    const { restorable, lost } = restorableRanges(records.impassable, ends);
    return {
      ok: this.#damage.length === 0,
      files: this.#names.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      commits: records.commits,
      steps: records.steps,
      damage: this.#damage,
      restorable: restorable.map(({ fromTxid, toTxid, way }) => ({
        from: this.#edge(fromTxid),
        to: this.#edge(toTxid),
        way,
      })),
      lost: lost.map(({ fromTxid, toTxid }) => ({
        from: this.#edge(fromTxid),
        to: toTxid === null ? null : this.#edge(toTxid),
      })),
      remarks: this.#remarks,
    };
  }

  #newestTxid(): number {
    return this.#history?.newest().txid ?? 0;
  }

  /** What is in the folder beside the history itself. */
  #lookAtOtherFiles(): void {
    const base = this.#history?.baseTxid() ?? 1;
    for (const name of this.#names) {
      if (name.endsWith(UNFINISHED)) {
        this.#remarks.push(
          `${name} is unfinished: it is being written, or was when something ended; it belongs to nothing.`,
        );
      } else if (name.startsWith(SET_ASIDE)) {
        this.#remarks.push(`${name} was set aside because it is damaged; it belongs to nothing any more.`);
      } else if (name === SCHEMA_COOKIE_NAME) {
        this.#lookAtCookie();
      } else if (parseName(name)?.what === "base" && parseName(name)?.txid !== base) {
        this.#remarks.push(`${name} is an image that does not count: a pruning goes on, or was interrupted.`);
      } else if (!parseName(name) && !isOurs(name)) {
        this.#remarks.push(`${name} is no file of a history.`);
      }
    }
  }

  #lookAtCookie(): void {
    if (isCookieFloorSound(this.#directory)) return;
    const cause = "it fails its checksum";
    this.#damage.push({ file: SCHEMA_COOKIE_NAME, part: "file", cause, commits: null });
  }

  #lookAtEnd(records: InspectedRecords, mirror: PageChecksums | null): void {
    const segments = this.#history?.allSegments() ?? [];
    const last = segments.at(-1);
    const isDamaged = records.damage.some(({ file }) => last && file === path.basename(last.file));
    if (last instanceof OpenSegment && last.tailBytes > 0 && !isDamaged) {
      this.#remarks.push(
        `${path.basename(last.file)} ends with ${last.tailBytes} bytes of a block that was not finished.`,
      );
    }
    const missing = missingEnd(segments, mirror);
    if (!missing || !last) return;
    const newestTxid = this.#newestTxid();
    const cause = `it ends too early: the history had gone on to commit ${missing.txid} and what followed it`;
    const commits = missing.txid > newestTxid ? { fromTxid: newestTxid + 1, toTxid: missing.txid } : null;
    this.#damage.push({ file: path.basename(last.file), part: "end", cause, commits });
    const isKnown = records.impassable.some(({ toTxid }) => toTxid === null);
    if (commits && !isKnown) records.impassable.push({ ...commits, lostTo: commits.toTxid });
  }

  /** Whether the mirror holds the newest state, page by page. */
  #lookAtMirror({ newest, impassable }: InspectedRecords): boolean {
    if (!newest) {
      this.#remarks.push("The mirror cannot be judged: damage hides what its pages have to be.");
      return false;
    }
    const pageSize = this.#history?.pageSize ?? 0;
    const { isMissing, wrong, sizeBytes } = wrongInMirror(this.#directory, pageSize, newest.size, (page) =>
      newest.of(page),
    );
    const hasUnknownEnd = impassable.some(({ toTxid }) => toTxid === null);
    this.mirrorDisagrees = wrong.length > 0 || (sizeBytes !== newest.size * pageSize && !isMissing);
    if (isMissing) {
      this.#damage.push({ file: MIRROR_NAME, part: "file", cause: "it is missing", commits: null });
    } else if (this.mirrorDisagrees) {
      const cause = hasUnknownEnd
        ? "not as of the newest commit that can be read"
        : "not as of the newest commit: it was not written to its end, or damaged; or the newest commits are missing";
      this.#damage.push(...wrongPages(MIRROR_NAME, wrong, cause));
      if (wrong.length === 0) {
        const says = `it has ${sizeBytes} bytes, and the newest state ${newest.size * pageSize}`;
        this.#damage.push({ file: MIRROR_NAME, part: "end", cause: says, commits: null });
      }
    }
    return !isMissing && wrong.length === 0;
  }

  /** A mirror that is not the newest readable state may be a later one, and whole: then it is worth more than all else. */
  #lookForWholeMirror(written: PageChecksums | null): void {
    if (!written) return;
    const { pageSize, table, txid } = written;
    const { isMissing, wrong } = wrongInMirror(this.#directory, pageSize, table.length, (page) => table[page - 1] ?? 0);
    if (isMissing || wrong.length > 0) return;
    this.#remarks.push(
      `${MIRROR_NAME} is the database as of commit ${txid}, every page as ${MIRROR_CHECKSUMS_NAME} names it: copy that file to have this state.`,
    );
  }

  #edge(txid: number): Edge {
    const commit = this.#commit(txid);
    if (!commit || !this.#history) return { txid, bookmark: null, timeMs: null };
    return { txid, bookmark: this.#history.bookmarkOf(commit), timeMs: commit.timeMs };
  }

  #commit(txid: number) {
    try {
      return this.#history?.byTxid(txid) ?? null;
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "history_damaged") return null;
      throw error;
    }
  }
}

const isOurs = (name: string) =>
  name === MIRROR_NAME || name === MIRROR_CHECKSUMS_NAME || /^base-[0-9a-f]{16}\.crc$/.test(name);
