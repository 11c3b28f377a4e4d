import type { KeptBase } from "../bases/base-record.ts";
import type { BranchBase } from "./branch.ts";
import type { ClusterCommit } from "./cluster-line.ts";
import type { OpenedHistory } from "./opened-histories.ts";

export type ErasingPlan = {
  /** The folders of base backups that go. */
  bases: string[];
  /** Of each incarnation the number of the first segment that stays; 0: all of its log does; null: nothing of it. */
  firsts: Map<number, number | null>;
  /** The oldest commit behind which all that could be restored still can, and the base that it is made from; null: there would be none. */
  begins: { commit: ClusterCommit; base: KeptBase } | null;
  /** Whether the incarnation that is received now has a base of its own time, or goes on from one that has. */
  goesOn: boolean;
};

/**
 * What has to go so that nothing stays that was written before a time of the server's clock, Unix milliseconds. A base stays when it was
 * begun after that; log stays from the segment that such a base begins in, which the server switches to when a base is begun, so that it
 * holds nothing older. An incarnation that goes on from log that stays keeps all of its own.
 */
export function planErasing({ line, branchOf }: Pick<OpenedHistory, "line" | "branchOf">, fromMs: number): ErasingPlan {
  const { incarnations, segmentBytes } = line.history;
  const isYoung = ({ base }: BranchBase) => base.startedAtMs >= fromMs;
  const firsts = new Map<number, number | null>();
  const bases: string[] = [];
  for (const { number } of incarnations) {
    const branch = branchOf(number);
    const goesOn = branch.bases.some((one) => one.incarnation !== number && isYoung(one));
    const starts = branch.own.filter(isYoung).map(({ startLsn }) => Math.floor(startLsn / segmentBytes));
    firsts.set(number, goesOn ? 0 : starts.length > 0 ? Math.min(...starts) : null);
    bases.push(...branch.own.filter((one) => !isYoung(one)).map(({ base }) => base.directory));
  }
  const serving = line.pieces.at(-1)?.stretch.incarnation;
  const goesOn = serving !== undefined && (firsts.get(serving) ?? null) !== null;
  return { bases, firsts, begins: firstCommit(), goesOn };

  /** From the newest stretch back to the first one that would lose commits: what is older than those is not where the history begins. */
  function firstCommit(): ErasingPlan["begins"] {
    let begins: ErasingPlan["begins"] = null;
    for (const { stretch, index, rankStart, rankEnd, before } of line.pieces.toReversed()) {
      const first = firsts.get(stretch.incarnation) ?? null;
      if (first === null && rankEnd > rankStart) break;
      if (first === null) continue;
      const branch = branchOf(stretch.incarnation);
      const there = Math.max(rankStart, index.firstRank - 1, index.rankBefore(first * segmentBytes)) + 1;
      const found = branch.bases.filter(isYoung).flatMap(({ base, startLsn, stopLsn }) => {
        const rank = Math.max(there, index.rankBefore(stopLsn));
        const isWhole = branch.firstBreak(startLsn) >= stopLsn;
        return isWhole && rank <= rankEnd ? [{ rank, base }] : [];
      });
      const [oldest] = found.sort((a, b) => a.rank - b.rank);
      const commit = oldest && line.commit(before + oldest.rank - rankStart);
      if (oldest && commit) begins = { commit, base: oldest.base };
      const losesBefore = oldest ? oldest.rank > rankStart + 1 : rankEnd > rankStart;
      if (losesBefore) break;
    }
    return begins;
  }
}
