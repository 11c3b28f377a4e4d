import type { Bookmark } from "../domain/bookmark.ts";
import type { ProtectedDatabase, Run } from "./engine.ts";

/** Why capture stands still, and what to do about it. */
export type CapturePause = { cause: string; remedy: string };

/** What of an engine's can give way for want of room. */
export interface EngineRoom {
  /**
   * Has no commit of any database captured any more, so that nothing grows but the databases themselves; null: capture goes on, and
   * what was written meanwhile is one reported gap. Servers are let be: their own limit of kept log holds.
   */
  pauseCapture(why: CapturePause | null): void;
  /** Removes what is derived from histories and made again when asked for. */
  clearCaches(databases: readonly ProtectedDatabase[]): Promise<void>;
  /** Removes former data directories that a swap has set aside; their states stay in the history. */
  dropSetAside(databases: readonly ProtectedDatabase[]): Promise<void>;
  /**
   * Makes a history begin with a commit: not a byte of older states is left in it, which is verified. A repeat goes on. Throws
   * `not_supported`, `not_protected`, `history_damaged`, and `restore_conflict` while something reads the history.
   */
  erase(db: ProtectedDatabase, begins: Bookmark, run: Run): Promise<{ removedBytes: number }>;
}
