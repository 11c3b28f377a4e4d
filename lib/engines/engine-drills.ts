import type { Bookmark } from "../domain/bookmark.ts";
import type { DrillAssertion, DrillFindings } from "../domain/drill.ts";
import type { ProtectedDatabase, Run } from "./engine.ts";

export type DrillOrder = {
  /** One for each moment that is restored; names what a run before left behind. */
  id: string;
  at: Bookmark;
  assertions: readonly DrillAssertion[];
};

/** Restores for proof: into a throwaway, checked, counted, asked and removed. Nothing of the database itself is touched. */
export interface EngineDrills {
  /**
   * Throws as a restore of that moment would where the state cannot be had, and the signal's reason once aborted; then nothing is left.
   * What was restored and does not hold is told in the findings, and its throwaway stays until `clear`.
   */
  drill(db: ProtectedDatabase, order: DrillOrder, run: Run): Promise<DrillFindings>;
  /** Removes what a drill of that id has left, if anything. */
  clear(db: ProtectedDatabase, id: string): Promise<void>;
}
