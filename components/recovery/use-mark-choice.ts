"use client";

import type { RestoreView, SnapshotView } from "../../lib/client/api-types.ts";
import type { CommitSummary } from "../../lib/domain/recovery-window.ts";
import { type ChosenMoment, chooseCommit, chooseLabel } from "./chosen-moment.ts";
import { findNeighbour } from "./find-neighbour.ts";
import type { Mark } from "./timeline/layout-marks.ts";

/** What a mark and "just before this" choose. */
export function useMarkChoice({
  labels,
  restores,
  commits,
}: {
  labels: readonly SnapshotView[] | undefined;
  restores: readonly RestoreView[] | undefined;
  commits: readonly CommitSummary[];
}) {
  /** The moment of a mark itself: a label's state, a restore's commit. */
  const chooseAt = (mark: Mark): ChosenMoment => {
    const label = labels?.find((one) => one.id === mark.id);
    const labelled = label ? chooseLabel(label) : null;
    if (labelled) return labelled;
    const { bookmark, ms } = mark;
    return bookmark === null ? { kind: "time", atMs: ms } : { kind: "bookmark", bookmark, atMs: ms };
  };
  /** The commit before a mark's own; where that is not among the known commits, the last millisecond before it. */
  const chooseBefore = (mark: Mark): ChosenMoment => {
    if (mark.before) return chooseCommit(mark.before);
    const restore = restores?.find((one) => one.id === mark.id);
    if (restore?.previous) return chooseCommit(restore.previous);
    const isKnown = mark.bookmark !== null && commits.some((commit) => commit.bookmark === mark.bookmark);
    const before = isKnown && mark.bookmark !== null ? findNeighbour(commits, mark.bookmark, "before") : null;
    return before ? chooseCommit(before) : { kind: "time", atMs: mark.ms - 1 };
  };
  return { chooseAt, chooseBefore };
}
