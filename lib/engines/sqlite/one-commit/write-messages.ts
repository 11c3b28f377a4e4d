/**
 * What the agent and a process that writes into a live database say to each other.
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

/** What every writer has to know; `stageFile` holds the rows that it writes. */
export type WriteQuestion = { livePath: string; stageFile: string };

export type FromWriter<Summary> =
  | { report: { done: number; total: number } }
  | { prepared: Summary }
  | { committed: true }
  | { failed: WireError };

export type ToWriter = { commit: true };
