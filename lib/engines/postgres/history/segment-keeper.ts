import type { Logger } from "pino";
import { notYet } from "../not-yet.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";

export type SegmentKeeperOptions = {
  /** The cluster's history, `ClusterPlaces.history`. */
  directory: string;
  /** Its number; its folders are made where they are not there. */
  incarnation: number;
  /** Of `history.json`. */
  segmentBytes: number;
  programs: PostgresPrograms;
  log: Logger;
};

/**
 * Puts the received log of one incarnation into its index: the receiver calls it, and nobody else writes there. One for each
 * incarnation that is received.
 */
export class SegmentKeeper {
  readonly #options: SegmentKeeperOptions;

  constructor(options: SegmentKeeperOptions) {
    this.#options = options;
  }

  /**
   * Takes in whatever is new in `wal`: verified and indexed, whole segments moved compressed to the archive. What is still being
   * written is indexed as far as it goes. Calls overlap harmlessly: the second one waits and looks again.
   */
  async take(): Promise<void> {
    notYet(`The log of ${this.#options.directory}`);
  }

  /**
   * The newest commit that the index has (of anybody's: a flush is none), and how many came before it in this incarnation's own
   * log. `lsn` is the position where its record begins.
   */
  newest(): { lsn: string; timeMs: number; ordinal: number } | null {
    return null;
  }

  /** The index knows every commit whose record lies before this position; null: nothing was read yet. */
  readThrough(): { lsn: string; timeMs: number } | null {
    return null;
  }
}
