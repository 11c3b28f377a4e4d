import type { ContentState } from "./content-messages.ts";

/** The pages of one restore, computed in passes while the database is being written (`content-messages.ts`). */
export interface RestoredPages {
  /** Computes what was touched since the pass before, into the page set that is open. */
  more(): Promise<ContentState>;
  /** Completes the first page set. */
  seal(): ContentState;
  /** Under the write lock: what was touched since the last pass, as a set of its own. */
  last(): Promise<ContentState>;
  /** What is wrong with the restore's own commit as the history recorded it; null: nothing. */
  check(txid: number): string | null;
  close(): void;
}
