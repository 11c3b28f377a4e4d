import type { DiffRows } from "../../../domain/diff.ts";
import type { WireError } from "../../../domain/errors.ts";
import type { Compared } from "./database-comparison.ts";
import type { DiffRowsQuery } from "./difference-page.ts";

/** A commit of one history: should another one be begun under its directory, numbers are given again, tags are not. */
export type DiffCommit = { txid: number; recordTag: string };

/** The two states that are compared; neither needs to be the older one. */
export type DiffTask = { historyDirectory: string; from: DiffCommit; to: DiffCommit };

/**
 * A process that compares two states. Before its task it may be told which history that is likely to be of. It is told its task
 * once and tells from time to time how far it is, the last time when it is through. Rows may be asked for at any time; each
 * question is answered once the comparison is complete.
 */
export type ToDiffProcess = { expect: string } | { begin: DiffTask } | { rows: DiffRowsQuery; id: number };
export type FromDiffProcess =
  | { compared: Compared; durationMs: number }
  | { failed: WireError }
  | { rows: DiffRows; id: number }
  | { refused: WireError; id: number };
