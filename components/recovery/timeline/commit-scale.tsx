import { memo, useMemo } from "react";
import { formatCount } from "../../../lib/client/format-count.ts";
import { formatDifference } from "../../../lib/client/format-duration.ts";
import { formatClock, formatMoment } from "../../../lib/client/format-time.ts";
import { layoutAxis } from "./axis-ticks.ts";
import type { Stalk } from "./layout-commits.ts";
import type { Coverage } from "./layout-coverage.ts";
import { layoutMarkedStalks } from "./layout-marked-stalks.ts";
import type { Mark } from "./layout-marks.ts";
import { MarkedStalks } from "./marked-stalks.tsx";
import { round2, type TimeScale } from "./time-scale.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";

/**
 * The lowest scale: one stalk a commit. Asked is the dashed line, resolved the filled dot, the arrow between them is the
 * difference.
 */
export function CommitScale({
  scale,
  metrics,
  stalks,
  marks,
  coverage,
  hatch,
  asked,
  resolved,
  lensX,
  zone,
  nowMs,
  narrow,
}: {
  scale: TimeScale;
  metrics: TimelineMetrics;
  stalks: readonly Stalk[];
  /** Those of commits in view stand on their stalks. */
  marks: readonly Mark[];
  coverage: Coverage;
  hatch: string;
  asked: { ms: number; exact: boolean } | null;
  resolved: { ms: number; bookmark: string } | null;
  /** Where the cursor stands in the scale above. */
  lensX: number;
  zone: string;
  nowMs: number;
  narrow: boolean;
}) {
  const { commitTop: top, commitBase: base, viewBase } = metrics;
  const width = scale.width;
  const axis = layoutAxis(scale, zone, null, nowMs, narrow);
  const nowX = scale.x(nowMs);
  const askedX = asked ? scale.x(asked.ms) : null;
  const afterX = askedX === null ? null : Math.min(width, Math.max(0, askedX));
  // On the side of the resolved commit while there is room between the two.
  const isAskedLeft = askedX !== null && resolved !== null && askedX - Math.max(0, scale.x(resolved.ms)) > 56;
  const marked = useMemo(() => layoutMarkedStalks(stalks, marks, width, askedX), [stalks, marks, width, askedX]);
  const resolvedStalk = resolved ? stalks.find((stalk) => stalk.commit.bookmark === resolved.bookmark) : undefined;
  return (
    <g>
      <path
        className="fill-lens"
        d={`M${round2(lensX - 2)} ${viewBase + 12}L0 ${top}H${width}L${round2(lensX + 2)} ${viewBase + 12}z`}
      />
      <rect className="fill-canvas" x={0} y={top} width={width} height={base - top + 6} />
      {afterX !== null && (
        <rect
          className="fill-after"
          x={afterX}
          y={top}
          width={Math.max(0, Math.min(width, nowX) - afterX)}
          height={base - top + 6}
        />
      )}
      {nowX < width && (
        <rect
          className="fill-surface"
          x={Math.max(0, nowX)}
          y={top}
          width={width - Math.max(0, nowX)}
          height={base - top + 6}
        />
      )}
      {coverage.gaps.map((gap) => (
        <g key={gap.fromMs}>
          <title>{gap.reason}</title>
          <rect
            x={gap.x}
            y={top}
            width={gap.width}
            height={base - top + 6}
            fill={`url(#${hatch}${gap.open ? "-open" : ""})`}
          />
        </g>
      ))}
      <path className="stroke-line-strong" d={`M0 ${base}H${width}`} />
      <Stalks stalks={stalks} marked={marked} resolved={resolvedStalk} base={base} zone={zone} />
      <MarkedStalks marked={marked} metrics={metrics} zone={zone} />
      {nowX > 0 && nowX < width && (
        <path className="stroke-ink-2" strokeDasharray="2 2" d={`M${round2(nowX)} ${top}V${base + 6}`} />
      )}
      {askedX !== null && asked && !asked.exact && (
        <>
          <path
            className="stroke-accent"
            strokeWidth={1.25}
            strokeDasharray="3 2"
            d={`M${round2(askedX)} ${top + 2}V${base + 6}`}
          />
          <text
            className="fill-accent"
            x={round2(isAskedLeft ? askedX - 5 : askedX + 5)}
            y={top + 13}
            textAnchor={isAskedLeft ? "end" : "start"}
          >
            asked
          </text>
        </>
      )}
      {resolved && asked && (
        <Resolution
          resolvedX={scale.x(resolved.ms)}
          resolvedMs={resolved.ms}
          asked={asked}
          askedX={askedX ?? 0}
          top={top}
          base={base}
          width={width}
          zone={zone}
          nowMs={nowMs}
          narrow={narrow}
        />
      )}
      {axis.ticks.map((tick) => (
        <g key={tick.ms}>
          <path className="stroke-line-strong" d={`M${round2(tick.x)} ${base + 6}v4`} />
          {tick.x > 28 && tick.x < width - 28 && (
            <text className="fill-ink-3" x={round2(tick.x)} y={base + 21} textAnchor="middle">
              {tick.label}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

/** There may be hundreds, and a zoom of the scale above leaves them where they are. */
const Stalks = memo(function Stalks({
  stalks,
  marked,
  resolved,
  base,
  zone,
}: {
  stalks: readonly Stalk[];
  marked: ReturnType<typeof layoutMarkedStalks>;
  resolved: Stalk | undefined;
  base: number;
  zone: string;
}) {
  const isMarked = new Set(marked.filter(({ mark }) => mark.isLoss).map(({ stalk }) => stalk));
  return stalks.map((stalk) => (
    <g key={stalk.commit.bookmark}>
      <title>{`${formatClock(stalk.commit.timeMs, zone, "millisecond")}, ${formatCount(stalk.commit.pages, "page")}`}</title>
      {stalk !== resolved && !isMarked.has(stalk) && (
        <>
          <path
            className={stalk.after ? "stroke-write-after" : "stroke-write"}
            d={`M${round2(stalk.x)} ${base}v${round2(-stalk.height)}`}
          />
          <circle
            className={stalk.after ? "fill-write-after" : "fill-write"}
            cx={round2(stalk.x)}
            cy={round2(base - stalk.height)}
            r={2.75}
          />
        </>
      )}
    </g>
  ));
});

function Resolution({
  resolvedX,
  resolvedMs,
  asked,
  askedX,
  top,
  base,
  width,
  zone,
  nowMs,
  narrow,
}: {
  resolvedX: number;
  resolvedMs: number;
  asked: { ms: number; exact: boolean };
  askedX: number;
  top: number;
  base: number;
  width: number;
  zone: string;
  nowMs: number;
  narrow: boolean;
}) {
  const apart = formatDifference(asked.ms - resolvedMs);
  const y = top + 36;
  if (resolvedX < 0) {
    return (
      <g>
        <path
          className="fill-none stroke-accent"
          d={`M4 ${y}H${round2(Math.max(8, askedX - 4))}M8 ${y - 3}l-4 3l4 3`}
        />
        <text className="fill-accent" x={10} y={top + 18}>
          <tspan className="font-semibold">
            {narrow ? "" : "resolves to "}
            {formatMoment(resolvedMs, zone, nowMs, "millisecond")}
          </tspan>
        </text>
        <text className="fill-accent" x={10} y={top + 30}>{`${apart} before`}</text>
      </g>
    );
  }
  const room = resolvedX > (narrow ? 104 : 200);
  const far = askedX - resolvedX;
  return (
    <g>
      <path className="stroke-accent" strokeWidth={1.5} d={`M${round2(resolvedX)} ${base}V${y + 2}`} />
      <circle className="fill-accent" opacity={0.18} cx={round2(resolvedX)} cy={y} r={8} />
      <circle className="fill-accent" cx={round2(resolvedX)} cy={y} r={4.5} />
      {!asked.exact && far > 34 && (
        <path
          className="fill-none stroke-accent"
          d={`M${round2(resolvedX + 11)} ${y}H${round2(askedX - 3)}M${round2(resolvedX + 15)} ${y - 3}l-4 3l4 3`}
        />
      )}
      {!asked.exact && far > 74 && (
        <text className="fill-accent" x={round2((resolvedX + askedX) / 2 + 4)} y={y - 6} textAnchor="middle">
          {apart}
        </text>
      )}
      <text
        className="fill-accent font-semibold"
        x={round2(room ? resolvedX - 12 : Math.min(resolvedX + 12, width - 190))}
        y={top + (room || asked.exact ? 18 : 58)}
        textAnchor={room ? "end" : "start"}
      >
        {narrow ? "" : asked.exact ? "exactly " : "resolves to "}
        {formatClock(resolvedMs, zone, "millisecond")}
      </text>
    </g>
  );
}
