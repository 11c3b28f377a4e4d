import { memo } from "react";
import type { DensityView } from "../../../lib/client/api-types.ts";
import { layoutAxis } from "./axis-ticks.ts";
import { layoutBars } from "./layout-bars.ts";
import type { Coverage } from "./layout-coverage.ts";
import type { Mark } from "./layout-marks.ts";
import { round2, type TimeScale } from "./time-scale.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";

/** The uppermost scale: all of the window. */
export const WindowScale = memo(function WindowScale({
  scale,
  metrics,
  coverage,
  buckets,
  marks,
  zone,
  nowMs,
  hatch,
}: {
  scale: TimeScale;
  metrics: TimelineMetrics;
  coverage: Coverage;
  buckets: DensityView["buckets"];
  marks: readonly Mark[];
  zone: string;
  nowMs: number;
  hatch: string;
}) {
  const { windowTop: top, windowBase: base } = metrics;
  const bars = layoutBars(buckets, scale, { base, height: base - top - 2, cursorMs: null, nowMs });
  const axis = layoutAxis(scale, zone, null, nowMs);
  const begin = axis.ticks[0];
  return (
    <g>
      <rect className="fill-sunken" x={0} y={top - 2} width={scale.width} height={base - top + 2} />
      <path className="fill-write-idle" d={bars.before} />
      {coverage.covered.map((span) => (
        <rect key={span.x} className="fill-ok" x={span.x} y={base + 2} width={span.width} height={3} />
      ))}
      {axis.ticks.map((tick) => (
        <path key={tick.ms} className="stroke-line-strong" d={`M${round2(tick.x)} ${top - 2}v${base - top + 2}`} />
      ))}
      {coverage.suspect.map((gap) => (
        <rect key={gap.fromMs} className="fill-warn-soft" x={gap.x} y={top - 2} width={gap.width} height={4} />
      ))}
      {coverage.gaps.map((gap) => (
        <g key={gap.fromMs}>
          <title>{gap.reason}</title>
          <rect
            x={gap.x}
            y={top - 2}
            width={gap.width}
            height={base - top + 7}
            fill={gap.open ? undefined : `url(#${hatch})`}
            className={gap.open ? "fill-danger" : undefined}
          />
        </g>
      ))}
      {axis.ticks
        .filter((tick) => tick.x > 46 && tick.x < scale.width - 46)
        .map((tick) => (
          <text key={tick.ms} className="fill-ink-3" x={round2(tick.x)} y={10} textAnchor="middle">
            {tick.label}
          </text>
        ))}
      {begin && begin.x > 30 && begin.x <= 46 && (
        <text className="fill-ink-3" x={round2(begin.x)} y={10} textAnchor="middle">
          {begin.label}
        </text>
      )}
      <text className="fill-ink" x={scale.width} y={10} textAnchor="end">
        now
      </text>
      {marks.map((mark) => (
        <circle
          key={mark.id}
          className={mark.isLoss ? "fill-danger stroke-sunken" : "fill-ink-2 stroke-sunken"}
          cx={round2(scale.x(mark.ms))}
          cy={top + 3}
          r={2.25}
        />
      ))}
    </g>
  );
});
