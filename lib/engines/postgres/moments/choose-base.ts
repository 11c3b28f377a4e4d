import type { Branch, BranchBase } from "./branch.ts";
import type { ClusterCommit, Piece } from "./cluster-line.ts";

export type ChosenBase = { base: BranchBase; target: "commit" | "immediate" };

/**
 * The base that a commit's state is made from soonest: one that became consistent after it and before any other commit, whose own
 * consistent state is that commit's; else the newest that was consistent at its record and is not cut off from it by damage.
 */
export function chooseBase(branch: Branch, piece: Piece, commit: ClusterCommit): ChosenBase | null {
  return ownBase(branch, piece, commit) ?? baseBefore(branch, commit);
}

/** The oldest base that a commit, its record in the log and all commits after it can be had from: what pruning has to keep. */
export function chooseKeptBase(branch: Branch, piece: Piece, commit: ClusterCommit): ChosenBase | null {
  return baseBefore(branch, commit) ?? ownBase(branch, piece, commit);
}

function baseBefore(branch: Branch, commit: ClusterCommit): ChosenBase | null {
  const before = branch.bases.filter(({ stopLsn }) => stopLsn <= commit.lsn);
  const newest = before.findLast(({ startLsn }) => branch.firstBreak(startLsn) > commit.lsn);
  return newest ? { base: newest, target: "commit" } : null;
}

function ownBase(branch: Branch, piece: Piece, commit: ClusterCommit): ChosenBase | null {
  const rank = piece.rankStart + commit.ordinal - piece.before;
  const own = branch.bases.find(
    (one) =>
      one.incarnation === commit.incarnation &&
      one.stopLsn > commit.lsn &&
      piece.index.rankBefore(one.stopLsn) === rank,
  );
  return own ? { base: own, target: "immediate" } : null;
}

/** The numbers of commits that follow one another, both ends included. `brokenBehind`: damage ends it. */
export type Run = { from: number; to: number; brokenBehind: boolean };

/** Which commits of a stretch can be restored, by their numbers, oldest first. */
export function restorableRuns(branch: Branch, { index, rankStart, rankEnd, before }: Piece): Run[] {
  const ordinalOf = (rank: number) => before + rank - rankStart;
  const runs: Run[] = [];
  for (const base of branch.bases) {
    const breakLsn = branch.firstBreak(base.startLsn);
    const own = index.rankBefore(base.stopLsn);
    const last = breakLsn === Number.POSITIVE_INFINITY ? rankEnd : Math.min(rankEnd, index.rankBefore(breakLsn));
    // Damage amid the base's own log takes nothing of its own state: that log lies in the base, too.
    const from = Math.max(own, rankStart + 1, index.firstRank);
    const to = Math.max(last, own <= rankEnd ? own : 0);
    if (from > to || to > rankEnd) continue;
    const run = { from: ordinalOf(from), to: ordinalOf(to), brokenBehind: to < rankEnd };
    const former = runs.at(-1);
    if (former && run.from <= former.to + 1) {
      if (run.to >= former.to) Object.assign(former, { to: run.to, brokenBehind: run.brokenBehind });
    } else runs.push(run);
  }
  return runs;
}
