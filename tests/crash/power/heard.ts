import type { Bookmark } from "../../../lib/domain/bookmark.ts";

/** What the reader told durable; `atLeast` is a commit that had returned before it was asked. */
export type Told = { txid: number; bookmark: Bookmark; atLeast: number; exactly: number | null };

/**
 * What was heard from the outside about one database before the power was cut: what its writers were acknowledged, what the
 * reader told durable, and the content that each commit must have, from a database in memory beside it.
 */
export class Heard {
  readonly digests = new Map<number, string>();
  /** Commits that returned and that nothing has taken back since. */
  acknowledged: number[] = [];
  readonly told = new Map<Bookmark, Told>();
  /** A time that was resolved, and to which commit. */
  readonly resolved: { atMs: number; txid: number }[] = [];
  readonly notes = new Set<string>();
  /** The highest number that was ever tried. */
  highest = 0;
  lastAcknowledged = 0;
  acknowledgements = 0;
  /** What is older may have been pruned. */
  keepFromMs = 0;
  /** A restore that has begun and was not told done: the state is the one or the other. */
  restoring: { restoreId: string; to: Bookmark; counter: number } | null = null;
  restored: { restoreBookmark: Bookmark; counter: number }[] = [];

  expect(number: number, digest: string): void {
    this.digests.set(number, digest);
    this.highest = Math.max(this.highest, number);
  }

  acknowledge(number: number): void {
    this.acknowledged.push(number);
    this.lastAcknowledged = number;
    this.acknowledgements++;
  }

  tell(txid: number, bookmark: Bookmark, atLeast: number, exactly: number | null = null): void {
    const known = this.told.get(bookmark);
    this.told.set(bookmark, {
      txid,
      bookmark,
      atLeast: Math.max(atLeast, known?.atLeast ?? 0),
      exactly: exactly ?? known?.exactly ?? null,
    });
  }

  /** A line of power_writer.py. */
  hear(line: Record<string, unknown>): void {
    const { try: tried, digest, ack, begin } = line;
    if (typeof tried === "number" && typeof digest === "string") this.expect(tried, digest);
    if (typeof ack === "number") this.acknowledge(ack);
    if (typeof begin === "number" && typeof digest === "string" && begin === 0) this.expect(0, digest);
  }
}
