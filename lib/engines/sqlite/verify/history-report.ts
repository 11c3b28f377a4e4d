import type { Bookmark } from "../../../domain/bookmark.ts";

/** One part of a history that is not what was written. */
export type Damage = {
  /** Name of the file in the history's folder. */
  file: string;
  /** Which part of it, as "block 3 of records" or "pages 17 to 20". */
  part: string;
  cause: string;
  /** Commits that cannot be read because of it; `toTxid` null: up to an unknown end. Null: it costs no commit. */
  commits: { fromTxid: number; toTxid: number | null } | null;
};

/** A state at the end of a range. What is not readable of it is null. */
export type Edge = { txid: number; bookmark: Bookmark | null; timeMs: number | null };
/** States of consecutive commits, both ends included. `to` null: up to an unknown end. */
export type StateRange = { from: Edge; to: Edge | null };
/** From which end of the history states are reached: the base image, the mirror, or either. */
export type RestorableRange = { from: Edge; to: Edge; way: "forwards" | "backwards" | "either" };

/** What a verification of a whole history found. */
export type HistoryReport = {
  /** Whether every byte is what was written. */
  ok: boolean;
  files: number;
  bytes: number;
  /** Commits and page steps that were read. */
  commits: number;
  steps: number;
  damage: Damage[];
  /** States that can be restored, oldest first. */
  restorable: RestorableRange[];
  /** States that no way leads to any more, oldest first. */
  lost: StateRange[];
  /** What is worth knowing and costs nothing. */
  remarks: string[];
};
