import type { Bookmark } from "../domain/bookmark.ts";
import type { Copied } from "../domain/restore.ts";
import type { ProtectedDatabase, Run } from "./engine.ts";

/** A whole history in a folder of its own, as it was brought back from a second copy. Nobody else writes there. */
export type StoredHistory = {
  /** Absolute path. */
  directory: string;
  engine: ProtectedDatabase["engine"];
  /** Whose the database was. */
  origin: ProtectedDatabase["origin"];
};

/** A moment of such a history. `time`: the newest commit at or before it. */
export type StoredMoment = { kind: "bookmark"; bookmark: string } | { kind: "time"; atMs: number };

export type StoredCopyOrder = { history: StoredHistory; to: Bookmark; target: ProtectedDatabase; restoreId: string };

/** Histories that belong to no database here, and databases that are made from them. */
export interface EngineStored {
  /** Throws `not_supported` where the operator does not let states of such a history run here. Asked before anything of it is fetched. */
  requireCopyable(history: Pick<StoredHistory, "engine" | "origin">): Promise<void>;
  /**
   * The commit that a moment means; what copies leave out of a history is made first. Throws `moment_outside_window`, `moment_in_gap`,
   * `invalid_moment`, `foreign_bookmark`, `history_damaged`. May be repeated.
   */
  resolve(history: StoredHistory, at: StoredMoment): Promise<{ bookmark: Bookmark; timeMs: number }>;
  /** Like `EngineCopies.copy`, from such a history, which stays as it is. Harmless to repeat. */
  copyStored(order: StoredCopyOrder, run: Run): Promise<Copied>;
}
