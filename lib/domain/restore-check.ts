/**
 * What can be looked at of a restored state: the files of the base backup it was made from, the commit that it ended at, every table
 * and index, every page's checksum; `content` compares the pages that were written with those of the moment.
 */
export type RestoreCheckKind = "manifest" | "commit" | "indexes" | "pages" | "content";

/** One check of a restored state, as it ended. A state that failed one is never put in place of another. */
export type RestoreCheck = {
  check: RestoreCheckKind;
  /** `skipped`: it was not made, and `text` says why. */
  outcome: "passed" | "failed" | "skipped";
  /** What it has read; null: nothing that is counted. */
  read: { count: number; unit: "file" | "page" | "relation" } | null;
  durationMs: number;
  /** One sentence for people. */
  text: string;
};
