/**
 * What the agent and a view process say to each other, over Node's channel between parent and child.
 *
 *   agent → process   {open}   show this moment from now on; what it is refused with is told to the first question
 *                     {ask}    run these statements on it
 *   process → agent   {ready}  it has loaded everything and opened nothing
 *                     {opened} it has tried to
 *                     {done} | {failed}
 */
import type { WireError } from "../../../domain/errors.ts";
import type { QueryResult, SqlValue } from "../../engine.ts";

/** The state right after a commit of a history. */
export type PastState = { historyDirectory: string; txid: number };
export type ViewQuestion = { sql: string; params: readonly SqlValue[] | null };

export type ToViewProcess = { open: PastState } | { ask: ViewQuestion };
export type FromViewProcess =
  | { ready: true }
  | { opened: true }
  | { done: { results: QueryResult[] } }
  | { failed: WireError };

/** What one answer may take. */
export type ViewLimits = {
  /** From the question to its answer. */
  questionMs: number;
  rows: number;
  /** Of the answer's JSON, roughly. */
  resultBytes: number;
  /** SQLite's own memory. */
  memoryBytes: number;
};
