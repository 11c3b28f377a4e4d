import type { CommitSummary } from "../../../lib/domain/recovery-window.ts";
import { createTimeScale, type TimeRange, type TimeScale } from "./time-scale.ts";

export type Stalk = { x: number; height: number; after: boolean; commit: CommitSummary };

const SPANS_MS = [10_000, 1_000, 100, 10];

/**
 * The span of the lowest scale: ten seconds, or less where commits come so densely that their stalks would touch or that
 * the known ones do not reach over the whole span.
 */
export function commitRange(commits: readonly CommitSummary[], centreMs: number, width: number): TimeRange {
  const room = Math.max(8, width / 5);
  for (const spanMs of SPANS_MS) {
    const range = { fromMs: centreMs - spanMs / 2, toMs: centreMs + spanMs / 2 };
    if (commits.filter((commit) => commit.timeMs >= range.fromMs && commit.timeMs <= range.toMs).length <= room)
      return range;
  }
  const least = SPANS_MS.at(-1) as number;
  return { fromMs: centreMs - least / 2, toMs: centreMs + least / 2 };
}

/** One stalk a commit, its height by the logarithm of its pages. `after` is what comes after the chosen commit; while it is not known, after the time. */
export function layoutCommits(
  commits: readonly CommitSummary[],
  range: TimeRange,
  width: number,
  chosen: { ms: number; bookmark: string | null } | null,
): { scale: TimeScale; stalks: Stalk[] } {
  const scale = createTimeScale(range, width);
  const stalks = commits
    .filter((commit) => commit.timeMs >= range.fromMs && commit.timeMs <= range.toMs)
    .map((commit) => ({
      x: scale.x(commit.timeMs),
      height: Math.min(46, 8 + Math.log2(commit.pages + 1) * 4.2),
      // Text order of bookmarks is the order of the history, also among commits of one millisecond.
      after:
        chosen !== null && (chosen.bookmark === null ? commit.timeMs > chosen.ms : commit.bookmark > chosen.bookmark),
      commit,
    }));
  return { scale, stalks };
}
