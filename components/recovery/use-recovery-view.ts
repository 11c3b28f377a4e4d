"use client";

import { useMemo } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { firstTarget, questionsOf } from "./first-recovery.ts";
import { windowRange } from "./timeline/view-range.ts";
import { useFreshDensity } from "./use-fresh-density.ts";
import { useFreshMarks } from "./use-fresh-marks.ts";
import { useStable } from "./use-stable.ts";
import { useViewRange } from "./use-view-range.ts";

/** What the two upper scales show and the densities in them. Begins with the last hour, or around a moment that a link named. */
export function useRecoveryView(database: DatabaseView, window: RecoveryWindow, shownMs: number | null, nowMs: number) {
  const oldestMs = window.oldest?.timeMs ?? null;
  const windowSpan = useMemo(
    () => windowRange(nowMs, window.windowDays, oldestMs),
    [nowMs, window.windowDays, oldestMs],
  );
  const first = firstTarget(windowSpan, shownMs, nowMs);
  const range = useViewRange(windowSpan, first.spanMs, first.endMs);
  const questions = questionsOf(windowSpan, range.goal);
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
  return {
    ...range,
    commitMarks: marks,
    reading,
    windowSpan,
    viewBuckets: viewDensity.data?.buckets ?? [],
    windowBuckets: windowDensity.data?.buckets ?? [],
  };
}
