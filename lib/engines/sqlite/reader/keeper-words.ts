import type { CommitFollower } from "./commit-follower.ts";
import type { Pinned } from "./keeper-link.ts";
import { sameLog } from "./restart-rules.ts";

/** What a keeper said, and whether the one who said it still lives; null when that cannot be told just now. */
export type Word = Pinned & { isAlive(): Promise<boolean | null> };

/** The keepers' words on one database, in the order in which they came, until there is a history that they can be about. */
export class KeeperWords {
  private readonly words: Word[] = [];

  add(word: Word): void {
    this.words.push(word);
  }

  /** The keeper is gone: what it said of the log ends with it. */
  clear(): void {
    this.words.length = 0;
  }

  /**
   * What the words mean for the window that was recorded last. The first that speaks of it decides; a later one may be about
   * a window that was refused and never recorded. It counts only if the keeper still lives after the log was looked at: then
   * its pin has held that log all along, and it is the one that the word is about. Where log or keeper cannot be asked just
   * now the word stands, and nothing is decided without it.
   */
  async apply(follower: CommitFollower): Promise<void> {
    for (let word = this.words.shift(); word; word = this.words.shift()) {
      const window = follower.openedWindow;
      if (!window) continue;
      const salts = await follower.saltsNow();
      const isAlive = await word.isAlive();
      if (isAlive === false) continue;
      if (isAlive === null || salts === null) {
        this.words.unshift(word);
        return;
      }
      const isTheirs = window.keeper === word.keeper || word.heirOf.includes(window.keeper);
      const hasRestarted = (word.restarted ?? true) && !sameLog(salts, window.position);
      follower.settleWindow(isTheirs && hasRestarted ? salts : null);
    }
  }
}
