import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { History } from "../../../lib/engines/sqlite/history/open-history.ts";
import { COMMIT_FLAGS } from "../../../lib/engines/sqlite/history/records.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import type { Told } from "./heard.ts";
import type { LineProgram } from "./line-program.ts";
import type { DatabaseKind, FoundState, PowerDatabase } from "./power-database.ts";
import { walkStates } from "./walk-states.ts";

/** What is wrong after a power cut. `lost`: what was acknowledged or told and is not there. `halfway`: a state that never was. */
export type Verdict = {
  kind: DatabaseKind;
  lost: string[];
  halfway: string[];
  /** Gaps that the history reports and that were not counted before. */
  gaps: number;
  /** Commits that SQLite lost with synchronous=NORMAL. */
  taken: number;
  /** States that were compared. */
  compared: number;
};

export function emptyVerdict(kind: DatabaseKind): Verdict {
  return { kind, lost: [], halfway: [], gaps: 0, taken: 0, compared: 0 };
}

/** States whose content is compared in one round, beside those of which the exact number was told. */
const MOST_COMPARED = 24;

/** The database as SQLite alone recovers it after a cut, before anything of ours has seen it. */
export function judgeSurvived(database: PowerDatabase): Verdict {
  const verdict = emptyVerdict(database.kind);
  if (database.survived) judgeState(database, database.survived, verdict);
  return verdict;
}

/** Compares one database and, once it is protected, its history with everything that was ever heard of it. */
export async function judgeHistory(database: PowerDatabase, reader: LineProgram, folder: string): Promise<Verdict> {
  const verdict = emptyVerdict(database.kind);
  const { survived } = database;
  const live = await reader.ask<FoundState>({ path: database.db.path, immutable: false });
  judgeState(database, live, verdict);
  if (survived && (survived.digest !== live.digest || survived.counter !== live.counter)) {
    verdict.halfway.push(`SQLite alone recovers ${inWords(survived)}, now it is ${inWords(live)}`);
  }
  if (!database.isProtected) return verdict;
  try {
    verifyHistory(database.historyDirectory);
  } catch (error) {
    verdict.lost.push(`the history is damaged: ${String(error)}`);
    return verdict;
  }
  const history = new History(database.historyDirectory);
  try {
    await new HistoryJudge(database, history, reader, folder, verdict).judge(live);
  } finally {
    history.close();
  }
  return verdict;
}

/** A database holds all that it acknowledged, and nothing that never was. */
function judgeState({ heard, kind }: PowerDatabase, found: FoundState, verdict: Verdict): void {
  const { counter } = found;
  if (found.error || found.check !== "ok") verdict.halfway.push(`the database: ${found.error ?? found.check}`);
  if (found.error) return;
  if (counter === null) {
    if (heard.newest > 0) verdict.lost.push("the database is empty");
    return;
  }
  const expected = heard.digests.get(counter);
  if (expected !== undefined && expected !== found.digest) verdict.halfway.push(`${inWords(found)} never was`);
  if (expected === undefined && counter > 0) verdict.halfway.push(`commit ${counter} was never tried`);
  const { newest, restore } = heard;
  heard.newest = counter;
  if (restore && counter === restore.counter) return;
  if (restore?.isDone) verdict.lost.push(`restored to ${restore.counter}, now it is ${counter}`);
  if (counter >= newest) return;
  // With synchronous=NORMAL SQLite itself may lose the newest commits of a log; then nobody could keep them.
  if (kind !== "NORMAL") verdict.lost.push(`commit ${newest} was acknowledged, the database is at ${counter}`);
  const kept = heard.acknowledged.filter((number) => number <= counter);
  verdict.taken = heard.acknowledged.length - kept.length;
  heard.acknowledged = kept;
}

class HistoryJudge {
  readonly #database: PowerDatabase;
  readonly #history: History;
  readonly #reader: LineProgram;
  readonly #folder: string;
  readonly #verdict: Verdict;
  /** Numbers of which the history holds a state, and stretches of them that a gap swallowed. */
  readonly #numbers = new Set<number>();
  readonly #swallowed: { after: number; to: number }[] = [];

  constructor(database: PowerDatabase, history: History, reader: LineProgram, folder: string, verdict: Verdict) {
    this.#database = database;
    this.#history = history;
    this.#reader = reader;
    this.#folder = folder;
    this.#verdict = verdict;
  }

  async judge(live: FoundState): Promise<void> {
    const { heard } = this.#database;
    const byTxid = new Map<number, Told>();
    for (const told of heard.told.values()) if (this.#isThere(told)) byTxid.set(told.txid, told);
    const compare = this.#choose([...byTxid.values()]);
    const newest = this.#history.newest().txid;
    let before: number | null = null;
    let first: number | null = null;
    for (const { commit, state, counter } of walkStates(this.#history)) {
      const isHealed = (commit.flags & COMMIT_FLAGS.healed) !== 0;
      if (counter !== null) this.#step(before ?? -1, counter, isHealed, commit.txid);
      first ??= counter;
      before = counter;
      const told = byTxid.get(commit.txid);
      if (told) {
        this.#judgeTold(told, counter);
        if (counter !== null) this.#database.restorable.set(told.bookmark, counter);
      }
      const bookmark = this.#history.bookmarkOf(commit);
      const known = this.#database.compared.get(bookmark);
      if (!known && !compare.has(bookmark) && commit.txid !== newest) continue;
      const hash = createHash("sha1").update(state).digest("hex");
      if (known && known !== hash) this.#verdict.halfway.push(`the state of ${bookmark} is another one than before`);
      if (!known) await this.#compare(bookmark, state, counter);
      this.#database.compared.set(bookmark, hash);
    }
    if (before !== live.counter)
      this.#verdict.halfway.push(`the history ends at ${before}, it lives at ${live.counter}`);
    this.#judgeAcknowledged(first ?? 0);
    this.#judgeResolved();
    const gaps = this.#history.gaps().length;
    this.#verdict.gaps = Math.max(0, gaps - this.#database.gaps);
    this.#database.gaps = gaps;
  }

  /** Whether a bookmark that was told is in the history; one that pruning was allowed to take is forgotten. */
  #isThere({ txid, bookmark }: Told): boolean {
    const commit = this.#history.byTxid(txid);
    if (commit && this.#history.bookmarkOf(commit) === bookmark) return true;
    const oldest = this.#history.oldest();
    if (!commit && txid < oldest.txid && oldest.timeMs <= this.#database.heard.keepFromMs) {
      this.#database.heard.told.delete(bookmark);
      this.#database.restorable.delete(bookmark);
      return false;
    }
    this.#verdict.lost.push(`${bookmark} was told and is ${commit ? "another commit" : "not there"}`);
    return false;
  }

  /** Which states are read by SQLite this time: the newest ones, those told exactly, and some others. */
  #choose(told: readonly Told[]): Set<Bookmark> {
    const fresh = told.filter(({ bookmark }) => !this.#database.compared.has(bookmark));
    const step = Math.max(1, Math.floor((2 * fresh.length) / MOST_COMPARED));
    const chosen = [...fresh.filter((_, i) => i % step === 0), ...fresh.slice(-MOST_COMPARED / 2)];
    return new Set(chosen.map(({ bookmark }) => bookmark));
  }

  #step(before: number, counter: number, isHealed: boolean, txid: number): void {
    this.#numbers.add(counter);
    if (isHealed) this.#swallowed.push({ after: before, to: counter });
    if (counter >= before || isHealed || this.#database.heard.restoredTo.has(counter)) return;
    this.#verdict.halfway.push(`commit ${txid} goes from ${before} back to ${counter}, and nobody restored it`);
  }

  #judgeTold({ bookmark, atLeast, exactly }: Told, counter: number | null): void {
    if (exactly !== null && counter !== exactly) {
      this.#verdict.lost.push(`${bookmark} was told for ${exactly} and holds ${counter}`);
    }
    if ((counter ?? 0) < atLeast) this.#verdict.lost.push(`${bookmark} was told after ${atLeast} and holds ${counter}`);
  }

  /** SQLite's look at one state against the witness. */
  async #compare(bookmark: Bookmark, state: Buffer, counter: number | null): Promise<void> {
    const file = path.join(this.#folder, "state.db");
    writeFileSync(file, state);
    const found = await this.#reader.ask<FoundState>({ path: file, immutable: true });
    const expected = counter === null ? null : this.#database.heard.digests.get(counter);
    this.#verdict.compared++;
    if (found.error || found.check !== "ok") {
      this.#verdict.halfway.push(`the state of ${bookmark}: ${found.error ?? found.check}`);
    } else if (found.counter !== counter || (expected && expected !== found.digest)) {
      this.#verdict.halfway.push(`the state of ${bookmark} is ${inWords(found)}, not ${counter}`);
    }
  }

  #judgeAcknowledged(first: number): void {
    for (const number of this.#database.heard.acknowledged) {
      // Older ones came before the history's first state: before it was attached, or pruned since.
      if (number <= first || this.#numbers.has(number)) continue;
      if (this.#swallowed.some(({ after, to }) => number > after && number <= to)) continue;
      this.#verdict.lost.push(`commit ${number} has no bookmark and lies in no gap`);
    }
  }

  #judgeResolved(): void {
    for (const { atMs, txid } of this.#database.heard.resolved) {
      const found = this.#history.atOrBefore(atMs);
      if (!found || txid < this.#history.oldest().txid || found.txid === txid) continue;
      this.#verdict.lost.push(`${new Date(atMs).toISOString()} was commit ${txid} and is ${found.txid} now`);
    }
    const notes = new Set([...this.#history.notes()].map(({ note }) => (note as { mark?: string }).mark));
    for (const mark of this.#database.heard.notes) {
      if (!notes.has(mark) && this.#database.heard.keepFromMs === 0) this.#verdict.lost.push(`note ${mark} is missing`);
    }
  }
}

const inWords = ({ counter, digest, error }: FoundState) => error ?? `${counter} (${digest.slice(0, 8)})`;
