import { formatClock } from "../../../lib/client/format-time.ts";
import type { MarkedStalk } from "./layout-marked-stalks.ts";
import { round2 } from "./time-scale.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";

/** The commits of the lowest scale that stand out: a large delete as a red stalk with a square, its words and time beside it. */
export function MarkedStalks({
  marked,
  metrics,
  zone,
}: {
  marked: readonly MarkedStalk[];
  metrics: TimelineMetrics;
  zone: string;
}) {
  const { commitTop: top, commitBase: base } = metrics;
  return marked.map(({ stalk, mark, text, side }) => {
    const x = round2(stalk.x);
    const shape = mark.isLoss ? "fill-danger" : "fill-ink-2";
    const ink = mark.isLoss ? "fill-danger-text" : "fill-ink-2";
    const textX = round2(side === "right" ? stalk.x + 10 : stalk.x - 10);
    const textAnchor = side === "right" ? "start" : "end";
    return (
      <g key={mark.id}>
        <path
          className={mark.isLoss ? "stroke-danger" : "stroke-ink-2"}
          strokeWidth={mark.isLoss ? 1.5 : 1}
          d={`M${x} ${base}V${top + 15}`}
        />
        <rect className={shape} x={round2(stalk.x - 4)} y={top + 10} width={8} height={8} rx={1} />
        {text && (
          <>
            <text className={`font-sans font-medium ${ink}`} x={textX} y={top + 18} textAnchor={textAnchor}>
              {text}
            </text>
            <text className={ink} x={textX} y={top + 32} textAnchor={textAnchor}>
              {formatClock(mark.ms, zone, "millisecond")}
            </text>
          </>
        )}
      </g>
    );
  });
}
