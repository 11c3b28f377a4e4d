/**
 * What the agent and a query process say to each other, over Node's channel between parent and child.
 *
 *   agent → process   {run}      run these statements
 *   process → agent   {done}     they changed nothing; this is the answer
 *                     {failed}   nothing took place
 *                     {prepared} they ran but are not committed; `commit` decides
 *   agent → process   {commit}   true: commit; false: roll back
 *   process → agent   {done} | {failed}
 *
 * The results are at the agent before anything is committed, so a process that dies while committing costs no answer.
 */
import type { WireError } from "../../../domain/errors.ts";
import type { QueryResult, SqlValue } from "../../engine.ts";

/** One or several parts of one transaction. */
export type QueryText = {
  parts: readonly { sql: string; params: readonly SqlValue[] | null }[];
  readOnly: boolean;
  asLists: boolean;
  /** The longest text, blob or row, bytes; null: as the connection allows. */
  valueLimitBytes: number | null;
};

/** A file of statements of one transaction. */
export type ScriptFile = { script: string };

export type ToQueryProcess = { run: QueryText | ScriptFile } | { commit: boolean };

export type FromQueryProcess =
  | { ready: true }
  | { prepared: { results: QueryResult[] } }
  /** `results` replaces those of `prepared` where it is given. */
  | { done: { results: QueryResult[] | null } }
  | { failed: WireError };

/** What a query process is started with, as its only argument (JSON). */
export type QueryProcessOptions = { path: string; busyTimeoutMs: number; resultLimitBytes: number };
