import type { PageSet } from "../history/page-set.ts";

/** One page's step over one commit or over several composed. Applied to either end of it, it gives the other one. */
export type PageStep = { crcBefore: number; crcAfter: number; apply(content: Buffer): void };

/** The steps of a run of commits, each found by its page. All of it is verified; damage throws `history_damaged`. */
export interface StepStretch {
  /** The page's CRC-32 before its first step in the stretch, or null when none of its commits touched it. */
  crcBeforeFirst(page: number): number | null;
  /** The same after its last step. */
  crcAfterLast(page: number): number | null;
  /** The page's steps, the newest first; none when it was not touched. Several commits may be one step. */
  steps(page: number): PageStep[];
  /** The same commit by commit, for a page whose start is a version in between. */
  fineSteps(page: number): PageStep[];
  /** Adds every page that was touched. */
  addTouched(pages: PageSet): void;
}
