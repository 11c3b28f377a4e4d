import type { BranchBase } from "./branch.ts";
import { chooseKeptBase } from "./choose-base.ts";
import type { OpenedHistory } from "./opened-histories.ts";

/** A state that is being made right now: its base and its log stay, however old. */
export type RecentPlan = { incarnation: number; base: string };

export type PruningPlan = {
  /** The folders of base backups that nothing needs any more. */
  bases: string[];
  /** Of each incarnation the position before which its log may go; infinite: all of it. */
  cuts: Map<number, number>;
};

/**
 * What may go so that every commit from the one in force at `keepFromMs` on stays restorable as it is now: a base that is not the
 * oldest needed one of any branch, nor younger than that, and log that no needed base begins before.
 */
export function planPruning(
  { line, branchOf }: Pick<OpenedHistory, "line" | "branchOf">,
  keepFromMs: number,
  recent: readonly RecentPlan[] = [],
): PruningPlan {
  const needed = new Set<string>();
  const cuts = new Map<number, number>(
    line.history.incarnations.map(({ number }) => [number, Number.POSITIVE_INFINITY]),
  );
  const need = (incarnation: number, from: BranchBase | null) => {
    const branch = branchOf(incarnation);
    for (const { base, stopLsn } of branch.bases) {
      if (!from || stopLsn >= from.stopLsn) needed.add(base.directory);
    }
    for (const member of branch.members) {
      // Without a base all of it stays: nobody knows what it is good for.
      cuts.set(member.incarnation, Math.min(cuts.get(member.incarnation) ?? 0, from?.startLsn ?? 0));
      // Its own log reaches back to where it began; what its parents have is older.
      if (member.incarnation === from?.incarnation) break;
    }
  };
  const oldest = line.ordinalAt(keepFromMs);
  for (const piece of line.pieces) {
    const isLast = piece === line.pieces.at(-1);
    const first = Math.max(piece.before + 1, oldest);
    const last = piece.before + piece.rankEnd - piece.rankStart;
    if (first > last && !isLast) continue;
    const commit = line.commit(first);
    const chosen = commit?.activation === piece.stretch.activation ? firstChosen(piece, first, last) : null;
    need(piece.stretch.incarnation, chosen);
  }
  for (const { incarnation, base } of recent) {
    need(incarnation, branchOf(incarnation).bases.find((one) => one.base.directory === base) ?? null);
  }
  const all = line.history.incarnations.flatMap(({ number }) => branchOf(number).own);
  return { bases: all.filter(({ base }) => !needed.has(base.directory)).map(({ base }) => base.directory), cuts };

  /** Of the first commit that can be restored at all: what is before it needs nothing. */
  function firstChosen(piece: (typeof line.pieces)[number], from: number, to: number): BranchBase | null {
    const branch = branchOf(piece.stretch.incarnation);
    const commit = line.commit(from);
    const direct = commit && chooseKeptBase(branch, piece, commit);
    if (direct) return direct.base;
    const next = branch.bases.find(({ stopLsn }) => commit !== null && stopLsn > commit.lsn);
    return next && to >= from ? next : null;
  }
}

/** Whether pruning would remove enough to be worth it. Log goes only where bases go, or with an incarnation that nothing needs. */
export function isWorthPruning({ bases, cuts }: PruningPlan, { branchOf }: Pick<OpenedHistory, "branchOf">): boolean {
  if (bases.length > 0) return true;
  return [...cuts].some(
    ([incarnation, cut]) =>
      cut === Number.POSITIVE_INFINITY && (branchOf(incarnation).members[0]?.index.segments.length ?? 0) > 1,
  );
}
