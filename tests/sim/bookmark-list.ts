import type { Bookmark } from "../../lib/domain/bookmark.ts";
import { COMMIT_FLAGS, type CommitInfo, type HistoryView } from "../../lib/engines/sqlite/history/records.ts";
import { Mismatch, require } from "./mismatch.ts";
import type { Oracle } from "./oracle.ts";

/** A bookmark that the history gave, and which of the oracle's states it must be. */
export type Known = { txid: number; state: number; timeMs: number; bookmark: Bookmark; gapFromMs: number | null };

/**
 * Every bookmark that was ever given, beside the oracle's commits: one for each commit, in its order; fewer only inside a
 * reported gap, and a gap only where capture's promise allows one.
 */
export class BookmarkList {
  readonly all: Known[] = [];
  /** Numbers of commits around which something happened: shrinks, gaps, prunes. */
  readonly noted: number[] = [];
  commitsInGaps = 0;
  gaps = 0;
  shrinks = 0;
  /** Commits with which the database grew beyond the page of SQLite's lock bytes, or shrank below it. */
  crossings = 0;

  get newest(): Known {
    return this.at(this.all.length);
  }

  at(txid: number): Known {
    const known = this.all[txid - 1];
    if (!known) throw new Mismatch(`there is no bookmark number ${txid}`);
    return known;
  }

  /** Takes in what the history holds by now. `mayGap`: something has happened that may cost commits. */
  update(history: HistoryView, oracle: Oracle, mayGap: boolean, resolvedMs: number): void {
    history.refresh();
    const newest = history.newest();
    require(newest.txid >= this.all.length, () => `the history ends with ${newest.txid}; it had ${this.all.length}`);
    for (const info of history.infos(this.all.length + 1, newest.txid)) {
      this.#take(info, history, oracle, mayGap, resolvedMs);
    }
    require(this.all.length === newest.txid, () => `bookmarks up to ${newest.txid} are not all listed`);
  }

  note(txid: number): void {
    for (const one of [txid - 1, txid, txid + 1]) if (one >= 1) this.noted.push(one);
    while (this.noted.length > 60) this.noted.splice(10, 3);
  }

  /** The newest one at or before a time, of those from `oldestTxid` on. */
  atOrBefore(timeMs: number, oldestTxid: number): Known | null {
    let low = oldestTxid;
    let high = this.all.length;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.at(middle).timeMs <= timeMs) low = middle + 1;
      else high = middle - 1;
    }
    return high >= oldestTxid ? this.at(high) : null;
  }

  #take(info: CommitInfo, history: HistoryView, oracle: Oracle, mayGap: boolean, resolvedMs: number): void {
    const { txid, timeMs, flags, gapFromMs } = info;
    const bookmark = history.bookmarkOf(info);
    const before = this.all.at(-1);
    require(txid === this.all.length + 1, () => `bookmark ${txid} follows ${this.all.length}`);
    const isHealed = (flags & COMMIT_FLAGS.healed) !== 0;
    const state = oracle.stateAt(info.position) ?? (before ? null : 0);
    require(state !== null, () => `bookmark ${txid} stands where no commit ended: ${JSON.stringify(info)}`);
    require(info.sizeAfter === oracle.pages.sizeAt(state), () =>
      `bookmark ${txid} has ${info.sizeAfter} pages, its state has ${oracle.pages.sizeAt(state)}`);
    if (before) {
      require(timeMs >= before.timeMs, () => `bookmark ${txid} is earlier than the one before it`);
      require(timeMs > resolvedMs, () =>
        `bookmark ${txid} is of ${timeMs}; times up to ${resolvedMs} were answered before it`);
      if (isHealed) this.#takeGap(info, before, state, mayGap);
      else
        require(state === before.state + 1, () =>
          `bookmark ${txid} is state ${state}, the one before is ${before.state}`);
    }
    this.all.push({ txid, state, timeMs, bookmark, gapFromMs: isHealed ? (gapFromMs ?? timeMs) : null });
    const lockByte = 2 ** 30 / history.pageSize + 1;
    if (info.sizeAfter >= lockByte !== info.sizeBefore >= lockByte) {
      this.crossings++;
      this.note(txid);
    }
    if (info.sizeAfter < info.sizeBefore) {
      this.shrinks++;
      this.note(txid);
    }
  }

  #takeGap(info: CommitInfo, before: Known, state: number, mayGap: boolean): void {
    require(state >= before.state, () => `healed bookmark ${info.txid} is state ${state}, older than ${before.state}`);
    require(mayGap, () => `bookmark ${info.txid} is a gap of ${state - before.state} commits that nothing excuses`);
    this.gaps++;
    this.commitsInGaps += state - before.state;
    this.note(info.txid);
  }
}
