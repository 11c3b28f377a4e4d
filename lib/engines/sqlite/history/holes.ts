import path from "node:path";
import type { LastgoodError } from "../../../domain/errors.ts";
import { historyDamaged } from "./format.ts";

/**
 * Commits that no segment yields, and why: states before them are reached from the base image alone, those from the last
 * of them on from the mirror alone. `toTxid` null: how many there were is not known, and nothing follows.
 *   damaged  they are, or may be, in `file`
 *   missing  `file` is sound, and what came behind it is not there
 *   break    the one commit can be read, but no step leads to it from the commit before
 */
export type Hole = {
  kind: "damaged" | "missing" | "break";
  fromTxid: number;
  toTxid: number | null;
  file: string;
  cause: string;
};

/**
 * Commits whose states cannot be restored because of holes, both ends included: `toTxid` null when nothing after them is
 * known. Between two holes nothing is reached from either end, so it is always one stretch.
 */
export type LostCommits = { fromTxid: number; toTxid: number | null };

export function lostCommits(holes: readonly Hole[]): LostCommits | null {
  const [first, last] = [holes[0], holes.at(-1)];
  if (!first || !last) return null;
  const fromTxid = first.fromTxid;
  const toTxid = last.kind === "break" && last.toTxid !== null ? last.toTxid - 1 : last.toTxid;
  return toTxid !== null && toTxid < fromTxid ? null : { fromTxid, toTxid };
}

/** Why the records of commits `fromTxid` to `toTxid` cannot be gone through; null when they can. */
export function damageWithin(holes: readonly Hole[], fromTxid: number, toTxid: number): LastgoodError | null {
  for (const hole of holes) {
    if (fromTxid > (hole.toTxid ?? toTxid) || toTxid < hole.fromTxid) continue;
    return historyDamaged(path.basename(hole.file), hole.cause, hole.fromTxid, hole.toTxid);
  }
  return null;
}
