import { type Bookmark, requireBookmark } from "../../../lib/domain/bookmark.ts";

/** What was told durable; `atLeast` is a commit that had returned before it was asked, `exactly` the one that it names. */
export type Told = { txid: number; bookmark: Bookmark; atLeast: number; exactly: number | null };

/**
 * What was heard from the outside about one database before the power was cut: what its writers were acknowledged, what the
 * reader told durable, and the content that each commit must have, from a database in memory beside it.
 */
export class Heard {
  /** The content after each numbered commit that was tried. */
  readonly digests = new Map<number, string>();
  /** Commits that returned and that SQLite itself has not lost since. */
  acknowledged: number[] = [];
  readonly told = new Map<Bookmark, Told>();
  /** Times that were resolved, each to a commit, for ever. */
  readonly resolved: { atMs: number; txid: number }[] = [];
  readonly notes = new Set<string>();
  /** The window that was told to be registered, in days. */
  windowDays: number | null = null;
  /** What the agent's part could not do. */
  failures: string[] = [];
  /** The highest number that was ever tried. */
  highest = 0;
  /** The number that the live database must hold at least. */
  newest = 0;
  /** What is older may have been pruned. */
  keepFromMs = 0;
  /** A restore that was begun, and the number that its target holds; `isDone` once it was told done. */
  restore: { restoreId: string; to: Bookmark; counter: number; isDone: boolean } | null = null;
  /** Numbers to which the database was ever brought back, or may have been. */
  readonly restoredTo = new Set<number>();

  #acknowledgements = 0;
  #told = 0;

  /** How many commits were acknowledged since it was last asked, and how many bookmarks told. */
  takeCounts(): { acknowledged: number; told: number } {
    const counts = { acknowledged: this.#acknowledgements, told: this.#told };
    this.#acknowledgements = 0;
    this.#told = 0;
    return counts;
  }

  tell(bookmark: Bookmark, atLeast: number, exactly: number | null = null): void {
    const known = this.told.get(bookmark);
    const { txid } = requireBookmark(bookmark).parts;
    if (!known) this.#told++;
    this.told.set(bookmark, {
      txid,
      bookmark,
      atLeast: Math.max(atLeast, known?.atLeast ?? 0),
      exactly: exactly ?? known?.exactly ?? null,
    });
  }

  restoreBegins(restoreId: string, to: Bookmark, counter: number): void {
    this.restore = { restoreId, to, counter, isDone: false };
    this.restoredTo.add(counter);
  }

  restoreDone(bookmark: Bookmark | null): void {
    if (!this.restore) return;
    this.restore.isDone = true;
    this.newest = this.restore.counter;
    if (bookmark) this.tell(bookmark, 0, this.restore.counter);
  }

  /** A line of power_writer.py, or of engine-driver.ts in its place. */
  hear(line: Record<string, unknown>): void {
    const { try: tried, digest, ack, begin } = line;
    if (typeof digest === "string" && (typeof tried === "number" || begin === 0)) {
      const number = typeof tried === "number" ? tried : 0;
      this.digests.set(number, digest);
      this.highest = Math.max(this.highest, number);
    }
    if (typeof ack === "number") {
      this.acknowledged.push(ack);
      this.#acknowledgements++;
      this.newest = ack;
    }
  }
}
