"use client";

import { useCallback } from "react";
import type { CommitSummary, RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { type ChosenMoment, chooseCommit, NOW } from "./chosen-moment.ts";
import { findNeighbour } from "./find-neighbour.ts";
import type { StepDirection, StepUnit } from "./moment-stepper.tsx";
import { snapMoment } from "./timeline/snap-moment.ts";

const UNIT_MS = { second: 1_000, minute: 60_000 } as const;

/**
 * Stepping from the chosen moment: by commit along the known commits, by second and minute along the clock. Says in
 * `tell` where a step could not go.
 */
export function useMomentSteps({
  window,
  commits,
  current,
  shownMs,
  nowMs,
  choose,
  tell,
}: {
  window: RecoveryWindow | undefined;
  commits: readonly CommitSummary[];
  /** Bookmark of the commit that the chosen moment resolves to. */
  current: string | null;
  shownMs: number | null;
  nowMs: number;
  choose: (moment: ChosenMoment) => void;
  tell: (words: string | null) => void;
}) {
  return useCallback(
    (unit: StepUnit, direction: StepDirection) => {
      tell(null);
      if (!window) return;
      if (unit === "commit") {
        const here = current ?? commits.findLast((commit) => commit.timeMs <= (shownMs ?? nowMs))?.bookmark ?? null;
        if (here === null) return tell("The moment is still being resolved.");
        const next = findNeighbour(commits, here, direction);
        if (next) choose(chooseCommit(next));
        else if (direction === "after") choose(NOW);
        else tell("This is the oldest commit that is known here.");
        return;
      }
      const stepMs = direction === "before" ? -UNIT_MS[unit] : UNIT_MS[unit];
      const aimedMs = (shownMs ?? nowMs) + stepMs;
      if (aimedMs >= nowMs) return choose(NOW);
      // A step across a gap lands on its far side, never again on the side it came from.
      const gap = window.gaps.find((one) => aimedMs > one.fromMs && aimedMs < one.toMs);
      if (gap) {
        choose({ kind: "time", atMs: direction === "before" ? gap.fromMs : gap.toMs });
        return tell(`Stepped over a gap: ${gap.reason}`);
      }
      const snapped = snapMoment(window, aimedMs, nowMs);
      choose({ kind: "time", atMs: snapped.ms });
      tell(snapped.why);
    },
    [window, commits, current, shownMs, nowMs, choose, tell],
  );
}
