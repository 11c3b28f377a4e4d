import { formatCount, formatRate } from "../../../lib/client/format-count.ts";
import { formatZone } from "../../../lib/client/format-time.ts";
import type { Axis } from "./axis-ticks.ts";
import { estimateTextWidth } from "./estimate-text-width.ts";
import type { Bars, Spike } from "./layout-bars.ts";
import type { Coverage, DrawnGap, GapWords } from "./layout-coverage.ts";
import type { PlacedMark } from "./layout-marks.ts";
import { round2, type TimeScale } from "./time-scale.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";

/** A large delete stands among the bars as a red one of this width, however short it took. */
const LOSS_WIDTH = 3;
const RATE_WIDTH = 110;
/** Half of it. */
const SPIKE_WIDTH = 24;

/** The middle scale: density, coverage, gaps and the axis of the chosen zoom. */
export function ViewScale({
  scale,
  metrics,
  bars,
  coverage,
  gapWords,
  axis,
  marks,
  cursorMs,
  nowMs,
  afterWords,
  zone,
  otherZone,
  hatch,
  narrow,
}: {
  scale: TimeScale;
  metrics: TimelineMetrics;
  bars: Bars;
  coverage: Coverage;
  gapWords: readonly GapWords[];
  axis: Axis;
  marks: readonly PlacedMark[];
  cursorMs: number | null;
  nowMs: number;
  /** What comes after the chosen moment, in words. */
  afterWords: string | null;
  zone: string;
  otherZone: string;
  hatch: string;
  narrow: boolean;
}) {
  const { viewTop: top, viewBase: base, laneTops } = metrics;
  const width = scale.width;
  const nowX = Math.min(width, Math.max(0, scale.x(nowMs)));
  const cursorX = cursorMs === null ? null : Math.min(nowX, Math.max(0, scale.x(cursorMs)));
  const isAfterShown = cursorMs !== null && cursorX !== null && cursorMs < nowMs && nowX - cursorX > 0.5;
  const afterWidth = estimateTextWidth(afterWords ?? "") * 1.15 + 12;
  const showsAfterWords = isAfterShown && nowX - cursorX > afterWidth + 50;
  // Where the stretch after the cursor is too short for the words, they stand left of it.
  const rateX = cursorX !== null && nowX - cursorX < RATE_WIDTH && cursorX > RATE_WIDTH ? cursorX - 8 : nowX - 6;
  const spikeX = (spike: Spike) => spike.x + spike.width / 2;
  // In the middle of the view its chips are nearer to the bars' tops than words are high.
  const isNamed = (spike: Spike) =>
    marks.every(({ lane, left, width: wide }) => {
      const x = spikeX(spike);
      return lane === 0 || x + SPIKE_WIDTH < left || x - SPIKE_WIDTH > left + wide;
    });
  const isRateFree = bars.spikes.every((spike) => {
    const x = spikeX(spike);
    return narrow || !isNamed(spike) || x + SPIKE_WIDTH < rateX - RATE_WIDTH || x - SPIKE_WIDTH > rateX;
  });
  const afterFromX = showsAfterWords && afterWords ? nowX - afterWidth : width;
  return (
    <g>
      <rect className="fill-canvas" x={0} y={top} width={width} height={base - top} />
      {isAfterShown && <rect className="fill-after" x={cursorX} y={top} width={nowX - cursorX} height={base - top} />}
      {nowX < width && <rect className="fill-surface" x={nowX} y={top} width={width - nowX} height={base - top} />}
      {bars.topPerSecond > 0 &&
        [0.5, 1].map((share) => (
          <path
            key={share}
            className="stroke-line"
            d={`M0 ${round2(base - share * metrics.barHeight)}H${round2(nowX)}`}
          />
        ))}
      {marks.map((mark) => (
        <path
          key={`${mark.lane}-${mark.marks[0].id}`}
          className="stroke-line-strong"
          d={`M${round2(mark.x)} ${laneTops[mark.lane] + 18}V${base}`}
        />
      ))}
      <path className="fill-write" d={bars.before} />
      <path className="fill-write-after" d={bars.after} />
      {marks
        .flatMap((mark) => mark.marks)
        .filter((mark) => mark.isLoss)
        .map((mark) => (
          <rect
            key={mark.id}
            className="fill-danger"
            x={round2(Math.min(width - LOSS_WIDTH, Math.max(0, scale.x(mark.ms))))}
            y={base - metrics.barHeight - 6}
            width={LOSS_WIDTH}
            height={metrics.barHeight + 6}
          />
        ))}
      {bars.spikes.map((spike) => (
        <g key={spike.x}>
          <title>{`${formatCount(spike.commits, "commit")}, ${formatRate(spike.perSecond, "commits")}`}</title>
          <path
            className="stroke-canvas"
            strokeWidth={2}
            d={`M${round2(spike.x - 3)} ${base - metrics.barHeight + 9}l${round2(spike.width + 6)} -4`}
          />
          {!narrow && isNamed(spike) && (
            <text
              className="fill-ink-2"
              x={round2(spike.x + spike.width / 2)}
              y={base - metrics.barHeight - 10}
              textAnchor="middle"
            >
              {formatRate(spike.perSecond, "/s").replace(" /s/s", "/s")}
            </text>
          )}
        </g>
      ))}
      {coverage.covered.map((span) => (
        <rect key={span.x} className="fill-ok" x={span.x} y={base + 3} width={span.width} height={4} />
      ))}
      {coverage.suspect.map((gap) => (
        <SuspectBand key={gap.fromMs} gap={gap} top={top} base={base} endX={afterFromX} />
      ))}
      {coverage.gaps.map((gap) => (
        <GapBand key={gap.fromMs} gap={gap} top={top} base={base} hatch={hatch} />
      ))}
      {gapWords.map((words) => (
        <GapLabel key={words.x} words={words} top={laneTops[0]} />
      ))}
      {bars.topPerSecond > 0 && (isRateFree || rateX > RATE_WIDTH * 2) && (
        <text
          className="fill-ink-3 stroke-canvas [paint-order:stroke]"
          strokeWidth={3}
          x={isRateFree ? rateX : RATE_WIDTH}
          y={round2(base - metrics.barHeight - 4)}
          textAnchor="end"
        >
          {formatRate(bars.topPerSecond, bars.topPerSecond === 1 ? "commit" : "commits")}
        </text>
      )}
      {nowX < width && (
        <path className="stroke-ink-2" strokeDasharray="2 2" d={`M${round2(nowX)} ${top}V${base + 9}`} />
      )}
      {afterWords && showsAfterWords && (
        <text
          className="fill-danger-text stroke-canvas [paint-order:stroke]"
          strokeWidth={3}
          x={nowX - 6}
          y={top + 15}
          textAnchor="end"
        >
          {afterWords}
        </text>
      )}
      {axis.minor.map((x) => (
        <path key={x} className="stroke-line-strong" d={`M${round2(x)} ${base + 10}v3`} />
      ))}
      {axis.ticks.map((tick) => (
        <g key={tick.ms}>
          <path className="stroke-line-strong" d={`M${round2(tick.x)} ${base + 10}v6`} />
          {tick.x > (narrow ? 44 : 58) && tick.x < width - 24 && (
            <>
              <text className="fill-ink" x={round2(tick.x)} y={base + 27} textAnchor="middle">
                {tick.label}
              </text>
              {tick.other && (
                <text className="fill-ink-3" x={round2(tick.x)} y={base + 40} textAnchor="middle">
                  {tick.other}
                </text>
              )}
            </>
          )}
        </g>
      ))}
      <text className="fill-ink-3" x={0} y={base + 27}>
        {formatZone(zone).slice(0, 9)}
      </text>
      {otherZone !== zone && axis.ticks.some((tick) => tick.other) && (
        <text className="fill-ink-3" x={0} y={base + 40}>
          {narrow ? "" : formatZone(otherZone).slice(0, 9)}
        </text>
      )}
    </g>
  );
}

function GapBand({ gap, top, base, hatch }: { gap: DrawnGap; top: number; base: number; hatch: string }) {
  return (
    <g>
      <title>{gap.reason}</title>
      {gap.open && <rect className="fill-danger-soft" x={gap.x} y={top} width={gap.width} height={base - top + 9} />}
      <rect
        x={gap.x}
        y={top}
        width={gap.width}
        height={base - top + 9}
        fill={`url(#${hatch}${gap.open ? "-open" : ""})`}
      />
      <path
        className={gap.open ? "stroke-danger" : "stroke-gap"}
        d={`M${round2(gap.x)} ${top}V${base + 9}M${round2(gap.x + gap.width)} ${top}V${base + 9}`}
      />
    </g>
  );
}

function GapLabel({ words, top }: { words: GapWords; top: number }) {
  return (
    <g>
      <rect
        className={words.open ? "fill-danger-soft stroke-danger" : "fill-gap-soft stroke-gap"}
        x={words.x}
        y={top}
        width={words.width}
        height={18}
        rx={3}
      />
      <text
        className={words.open ? "fill-danger-text font-sans font-medium" : "fill-gap-text font-sans font-medium"}
        x={words.x + words.width / 2}
        y={top + 12.7}
        textAnchor="middle"
      >
        {words.text}
      </text>
    </g>
  );
}

/** Commits are all there, but the clock jumped: amber, never hatched. */
function SuspectBand({ gap, top, base, endX }: { gap: DrawnGap; top: number; base: number; endX: number }) {
  return (
    <g>
      <title>{`Times are doubtful: ${gap.reason}`}</title>
      <rect className="fill-warn-soft" fillOpacity={0.6} x={gap.x} y={top} width={gap.width} height={base - top} />
      <rect className="fill-warn" x={gap.x} y={base + 3} width={gap.width} height={4} />
      {gap.width > 84 && gap.x + 84 < endX && (
        <text className="fill-warn-text font-sans font-medium" x={gap.x + 6} y={top + 15}>
          clock jumped
        </text>
      )}
    </g>
  );
}
