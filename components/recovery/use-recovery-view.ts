"use client";

import { useIsRestoring } from "@tanstack/react-query";
import { useMemo } from "react";
import type { DatabaseView, DensityView } from "../../lib/client/api-types.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { firstTarget, questionsOf } from "./first-recovery.ts";
import type { TimeRange } from "./timeline/time-scale.ts";
import { windowRange } from "./timeline/view-range.ts";
import { useFreshDensity } from "./use-fresh-density.ts";
import { useFreshMarks } from "./use-fresh-marks.ts";
import { useStable } from "./use-stable.ts";
import { useViewRange } from "./use-view-range.ts";
import { useZoomsAhead } from "./use-zooms-ahead.ts";

/** What the two upper scales show and the densities in them. Begins with the last hour, or around a moment that a link named. */
export function useRecoveryView(database: DatabaseView, window: RecoveryWindow, shownMs: number | null, nowMs: number) {
  const oldestMs = window.oldest?.timeMs ?? null;
  const windowSpan = useMemo(
    () => windowRange(nowMs, window.windowDays, oldestMs),
    [nowMs, window.windowDays, oldestMs],
  );
  const first = firstTarget(windowSpan, shownMs, nowMs);
  const shown = useViewRange(windowSpan, first.spanMs, first.endMs);
  const questions = questionsOf(windowSpan, shown.view);
  const viewQuestion = useStable(questions.view);
  const windowQuestion = useStable(questions.window);
  const newest = database.capture?.last?.bookmark ?? null;
  const viewDensity = useFreshDensity(database.namespace, database.name, viewQuestion, newest);
  const windowDensity = useFreshDensity(database.namespace, database.name, windowQuestion, newest);
  const { marks, reading } = useFreshMarks(
    database.namespace,
    database.name,
    { window: windowQuestion, view: viewQuestion },
    newest,
  );
  const isBusy = useIsRestoring() || viewDensity.isFetching;
  useZoomsAhead(database, { windowSpan, view: shown.view, shownMs, nowMs, isBusy });
  const windowBuckets = windowDensity.data?.buckets ?? [];
  const viewBuckets = viewDensity.data?.buckets ?? [];
  return {
    ...shown,
    commitMarks: marks,
    reading,
    windowSpan,
    // Until its own bars are there, a view that reaches beyond the former ones shows the window's.
    viewBuckets: viewDensity.isPlaceholderData && !reaches(viewBuckets, shown.view) ? windowBuckets : viewBuckets,
    windowBuckets,
  };
}

function reaches(buckets: DensityView["buckets"], view: TimeRange): boolean {
  const [first, last] = [buckets[0], buckets.at(-1)];
  return first !== undefined && last !== undefined && first.fromMs <= view.fromMs && last.toMs >= view.toMs;
}
