"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { densityQuestion } from "../../lib/client/hooks/use-history.ts";
import { questionsOf } from "./first-recovery.ts";
import type { TimeRange } from "./timeline/time-scale.ts";
import { viewAround, ZOOMS, zoomView } from "./timeline/view-range.ts";
import { useStable } from "./use-stable.ts";

/** Bars fetched ahead are shown at first for as long as this; what is shown is asked for anew all the same. */
const FRESH_FOR_MS = 30_000;
/** Around a now that moves on, closer zooms are other questions again before anybody asks them. */
const LEAST_SPAN_AT_NOW_MS = 3_600_000;

/**
 * Fetches the bars of the zooms that are one press away, one after the other, while nothing else is being fetched for the
 * view: a zoom is drawn with the next frame then and not after a round trip.
 */
export function useZoomsAhead(
  { namespace, name }: DatabaseView,
  {
    windowSpan,
    view,
    shownMs,
    nowMs,
    isBusy,
  }: { windowSpan: TimeRange; view: TimeRange; shownMs: number | null; nowMs: number; isBusy: boolean },
): void {
  const client = useQueryClient();
  const centreMs = shownMs ?? nowMs;
  const views = [
    ...[0.5, 2].map((factor) => zoomView(view, factor, centreMs, windowSpan)),
    ...ZOOMS.map(({ spanMs }) => viewAround(centreMs, spanMs, windowSpan)),
  ].filter(({ fromMs, toMs }) => shownMs !== null || toMs - fromMs >= LEAST_SPAN_AT_NOW_MS);
  const questions = useStable(views.map((one) => questionsOf(windowSpan, one).view));
  useEffect(() => {
    if (isBusy) return;
    let isOver = false;
    const fetchAll = async () => {
      for (const question of questions) {
        if (isOver) return;
        await client.prefetchQuery({ ...densityQuestion(namespace, name, question), staleTime: FRESH_FOR_MS });
      }
    };
    void fetchAll();
    return () => {
      isOver = true;
    };
  }, [client, namespace, name, questions, isBusy]);
}
