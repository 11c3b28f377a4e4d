/**
 * A restore's agent and the process that computes its pages, told once by `begin` which. The process follows the history while the database is being
 * written: each `more` computes the pages touched since the one before, into the same page set, until `seal`; `last` is asked
 * under the write lock and puts what was touched since then into a set of its own.
 */
import type { WireError } from "../../../domain/errors.ts";

/**
 * `otherDirectory`: the history of the other database that `toTxid` is a commit of; null: the database's own. `imageFile`: what
 * holds the state where it is of no history.
 */
export type ContentOptions = {
  historyDirectory: string;
  toTxid: number;
  otherDirectory: string | null;
  imageFile: string | null;
  workDirectory: string;
};

export type ToContentProcess =
  | { ask: "begin"; options: ContentOptions }
  | { ask: "more" }
  | { ask: "seal" }
  | { ask: "last" }
  | { ask: "check"; txid: number };

/** Where the computation stands. */
export type ContentState = {
  /** The newest commit that was taken into account. */
  throughTxid: number;
  /** Pages of the database as it will be. */
  sizePages: number;
  pageSize: number;
  /** Pages of the database after the newest commit taken into account. */
  livePages: number;
  /** Pages computed, those of earlier answers included. */
  pages: number;
  /** The finished page set of this answer; null when it holds nothing or is not finished. */
  pagesFile: string | null;
  highestCookie: number;
};

export type FromContentProcess =
  | { report: { done: number; total: number } }
  | { state: ContentState }
  | { checked: { problem: string | null } }
  | { failed: WireError };
