/**
 * What the agent and the process that writes rows say to each other.
 *
 *   agent → process   (its only argument) what to write
 *   process → agent   {report}      rows written so far, of all; none of them is committed
 *                     {prepared}    all is written and checked, under the write lock; `commit` decides
 *   agent → process   {commit}      commit
 *   process → agent   {committed} | {failed}
 *
 * It commits only what it was told to under the lock that it holds: whoever waits for the lock after the agent's death therefore
 * knows that it will not commit any more.
 */
import type { WireError } from "../../../domain/errors.ts";
import type { GiveBackSummary, OnConflict } from "../../../domain/give-back.ts";

export type WriteQuestion = {
  livePath: string;
  stageFile: string;
  /** Where the rows that are left out are written down before anything is committed; see `Skips`. */
  skipsFile: string;
  onConflict: OnConflict;
};

/** By number of the table, the rows that the run left out beside those that the plan did. */
export type Skips = Record<string, number[]>;

export type FromWriter<Summary = GiveBackSummary> =
  | { report: { done: number; total: number } }
  | { prepared: Summary }
  | { committed: true }
  | { failed: WireError };

export type ToWriter = { commit: true };
