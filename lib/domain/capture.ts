import type { Bookmark } from "./bookmark.ts";
import type { ClusterHealth } from "./cluster-health.ts";

/**
 * What capture is doing with one database.
 *   starting   pins are being taken, or the log is being compared after a restart
 *   base       the first full image is being copied; progress counts
 *   protected  every commit is being captured
 *   stopped    nothing is captured; `problem` names cause and remedy
 */
export type CaptureState = "starting" | "base" | "protected" | "stopped";

/** Whether a restore in place can be undone, or has nothing to overwrite. */
export function mayRestoreInPlace(capture: Pick<CaptureStatus, "state" | "problem"> | null): boolean {
  return capture?.state === "protected" || capture?.problem?.isFileMissing === true;
}

export type CaptureStatus = {
  databaseId: string;
  state: CaptureState;
  /** Bytes copied and to copy while in `base`. */
  progress: { done: number; total: number } | null;
  /** `isFileMissing`: what is captured is not there any more, and a restore in place makes it anew. */
  problem: { cause: string; remedy: string; isFileMissing?: true } | null;
  last: { bookmark: Bookmark; timeMs: number; txid: number } | null;
  /** Every commit up to this moment is in the history, Unix milliseconds. */
  capturedThroughMs: number | null;
  /** True while both keepers hold the log: then no crash of any one process makes a gap. */
  spare: boolean;
  databaseBytes: number | null;
  historyBytes: number | null;
  /** Of a PostgreSQL cluster: how its protection stands. */
  cluster?: ClusterHealth;
};
