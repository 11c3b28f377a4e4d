"use client";

import { useMemo } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { layoutBars } from "../recovery/timeline/layout-bars.ts";
import { layoutCoverage } from "../recovery/timeline/layout-coverage.ts";
import { createTimeScale } from "../recovery/timeline/time-scale.ts";
import { useFreshDensity } from "../recovery/use-fresh-density.ts";

const DAY_MS = 86_400_000;
const STEP_MS = 1_800_000;
const BARS = 48;
const WIDTH = 148;
const HEIGHT = 26;

/** Writes of the last 24 hours in half hours, with what of it can be restored below. */
export function DatabaseSparkline({
  database,
  window,
  nowMs,
}: {
  database: DatabaseView;
  window: RecoveryWindow | undefined;
  nowMs: number;
}) {
  const endMs = Math.ceil(nowMs / STEP_MS) * STEP_MS;
  const range = useMemo(() => ({ fromMs: endMs - DAY_MS, toMs: endMs, buckets: BARS }), [endMs]);
  const newest = database.capture?.last?.bookmark ?? null;
  const density = useFreshDensity(database.namespace, database.name, range, newest);
  const scale = createTimeScale(range, WIDTH);
  const buckets = density.data?.buckets ?? [];
  const stoppedAtMs = database.capture?.state === "stopped" ? (database.capture.capturedThroughMs ?? null) : null;
  const bars = layoutBars(buckets, scale, { base: HEIGHT - 5, height: HEIGHT - 6, cursorMs: stoppedAtMs, nowMs });
  const coverage = window ? layoutCoverage(window, scale, nowMs, stoppedAtMs) : null;
  const commits = buckets.reduce((sum, bucket) => sum + bucket.commits, 0);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`${formatCount(commits, "commit")} in the last 24 hours`}
    >
      <rect className="fill-line-strong" x={0} y={HEIGHT - 2} width={WIDTH} height={1} />
      <path className="fill-write" d={bars.before} />
      <path className="fill-danger" d={bars.after} />
      {coverage?.covered.map((span) => (
        <rect key={span.x} className="fill-ok" x={span.x} y={HEIGHT - 2.5} width={span.width} height={2.5} />
      ))}
      {coverage?.gaps.map((gap) => (
        <rect
          key={gap.fromMs}
          className={gap.open ? "fill-danger" : "fill-gap"}
          x={gap.x}
          y={HEIGHT - 2.5}
          width={Math.max(1.5, gap.open ? gap.width : gap.width - 2)}
          height={2.5}
        />
      ))}
    </svg>
  );
}
