import type { Bookmark } from "../domain/bookmark.ts";
import type { ErasureMore } from "../domain/erasure.ts";
import type { ProtectedDatabase, Run } from "./engine.ts";

/** Why capture stands still, and what to do about it. */
export type CapturePause = { cause: string; remedy: string };

/** What of an engine's can give way for want of room. */
export interface EngineRoom {
  /**
   * Has no commit of any database captured any more, so that nothing grows but the databases themselves; null: capture goes on, and
   * what was written meanwhile is one reported gap. Servers keep log for later up to a limit, and go on; what they have kept is received then.
   */
  pauseCapture(why: CapturePause | null): void;
  /** Removes what is derived from histories and made again when asked for. */
  clearCaches(databases: readonly ProtectedDatabase[]): Promise<void>;
  /** Removes former data directories that a swap has set aside; their states stay in the history. */
  dropSetAside(databases: readonly ProtectedDatabase[]): Promise<void>;
  /** What the history would begin with if everything before a time were erased, Unix milliseconds; changes nothing. Throws as `Engine.resolve`. */
  planErasure(db: ProtectedDatabase, beforeMs: number): Promise<ErasureStart>;
  /** Makes it so that `planErasure` has its final answer, as soon as that can be had, and answers it. Throws `not_protected`, `storage_full`. */
  prepareErasure(db: ProtectedDatabase, beforeMs: number, run: Run): Promise<ErasureStart>;
  /**
   * Makes a history begin with what was planned: not a byte that was written before is left in it, which is verified. A repeat goes on. Throws
   * `not_protected`, `history_damaged`, `conflict`, and `restore_conflict` while something reads the history.
   */
  erase(db: ProtectedDatabase, order: ErasureOrder, run: Run): Promise<{ removedBytes: number }>;
}

/** The commit that a history would begin with. `more`: what goes beyond that which was asked for; null: nothing does. */
export type ErasureStart = { begins: { bookmark: Bookmark; timeMs: number }; more: ErasureMore | null };
/** What goes is everything before `beforeMs`; `begins` is what was planned. */
export type ErasureOrder = { begins: Bookmark; beforeMs: number };
