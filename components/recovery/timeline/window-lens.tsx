"use client";

import { round2, type TimeRange, type TimeScale } from "./time-scale.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";
import { useFlight } from "./use-flight.ts";

const LEAST_BRUSH = 7;

/** Where the brush stands: never thinner than it can be seen and taken. */
function brushOf(scale: TimeScale, view: TimeRange): { x: number; width: number } {
  const left = Math.max(0, scale.x(view.fromMs));
  const right = Math.min(scale.width, scale.x(view.toMs));
  const width = Math.max(LEAST_BRUSH, right - left);
  return { x: Math.max(0, Math.min((left + right - width) / 2, scale.width - width)), width };
}

/** The view's place in the uppermost scale, widened to the middle one. It alone is drawn anew while it flies. */
export function WindowLens({
  scale,
  view,
  jumps,
  metrics,
}: {
  scale: TimeScale;
  view: TimeRange;
  jumps: number;
  metrics: TimelineMetrics;
}) {
  const { windowTop: top, windowBase: base, viewTop } = metrics;
  const brush = brushOf(scale, useFlight(view, jumps));
  return (
    <>
      <path
        className="fill-lens"
        d={`M${round2(brush.x)} ${base + 6}L0 ${viewTop}H${scale.width}L${round2(brush.x + brush.width)} ${base + 6}z`}
      />
      <rect
        className="fill-accent-soft stroke-accent"
        fillOpacity={0.4}
        strokeWidth={1.5}
        x={round2(brush.x)}
        y={top - 3}
        width={round2(brush.width)}
        height={base - top + 9}
        rx={1.5}
      />
    </>
  );
}
