"use client";

import { type KeyboardEvent, useId, useMemo, useRef } from "react";
import type { DensityView } from "../../../lib/client/api-types.ts";
import { formatCount } from "../../../lib/client/format-count.ts";
import { formatDuration } from "../../../lib/client/format-duration.ts";
import { formatClock, formatFullDay, formatMoment, formatZone } from "../../../lib/client/format-time.ts";
import type { CommitSummary, RecoveryWindow } from "../../../lib/domain/recovery-window.ts";
import { useAfterPaint } from "../../ui/use-after-paint.ts";
import { expectTimelineWidth } from "../expect-width.ts";
import { layoutAxis } from "./axis-ticks.ts";
import { CommitScale } from "./commit-scale.tsx";
import { CursorPill } from "./cursor-pill.tsx";
import { HatchPatterns } from "./hatch-patterns.tsx";
import { layoutBars } from "./layout-bars.ts";
import { commitRange, layoutCommits } from "./layout-commits.ts";
import { layoutCoverage, layoutGapWords } from "./layout-coverage.ts";
import { layoutMarks, type Mark } from "./layout-marks.ts";
import { createTimeScale, type TimeRange } from "./time-scale.ts";
import { readTimelineKey, type TimelineCommand } from "./timeline-keys.ts";
import { TimelineMarks } from "./timeline-marks.tsx";
import { timelineMetrics } from "./timeline-metrics.ts";
import { TimelineTable } from "./timeline-table.tsx";
import { useTimelinePointer } from "./use-timeline-pointer.ts";
import { useWidth } from "./use-width.ts";
import { ViewScale } from "./view-scale.tsx";
import { WindowBrush } from "./window-brush.tsx";
import { WindowLens } from "./window-lens.tsx";
import { WindowScale } from "./window-scale.tsx";

export type RecoveryTimelineProps = {
  database: string;
  window: RecoveryWindow;
  windowSpan: TimeRange;
  nowMs: number;
  /** Since when nothing is captured any more; null while capture runs. */
  stoppedAtMs: number | null;
  zone: string;
  otherZone: string;
  view: TimeRange;
  /** How many times the view jumped: the lens flies after it. */
  jumps: number;
  windowBuckets: DensityView["buckets"];
  viewBuckets: DensityView["buckets"];
  /** Around the chosen moment, oldest first. */
  commits: readonly CommitSummary[];
  marks: readonly Mark[];
  /** Whether the page shows the same data as a table already. */
  hasTable: boolean;
  /** Null while the cursor is at now. `exact` where a commit was chosen and not a time, `refused` where it cannot be restored. */
  asked: { ms: number; exact: boolean; refused: boolean } | null;
  resolved: { ms: number; bookmark: string; commitsAfter: number | null } | null;
  onView: (view: TimeRange, how: "jump" | "drag") => void;
  onMoveCursor: (ms: number) => void;
  onChooseCommit: (commit: CommitSummary) => void;
  onChooseMark: (mark: Mark, where: "at" | "before") => void;
  onSpreadMarks: (marks: readonly Mark[]) => void;
  onCommand: (command: TimelineCommand) => void;
};

/** The recovery window on three stacked scales: the window, the view, and ten seconds with one stalk a commit. */
export function RecoveryTimeline(props: RecoveryTimelineProps) {
  const { ref, width } = useWidth<HTMLDivElement>(expectTimelineWidth);
  const metrics = timelineMetrics((width ?? 784) < 560);
  return (
    <div ref={ref} className="relative" style={{ height: metrics.height }}>
      {width !== null && width > 0 && <Drawing {...props} width={width} />}
    </div>
  );
}

const LEAST_NAMED_ON_PHONE = 64;

function Drawing(props: RecoveryTimelineProps & { width: number }) {
  const { width, window, nowMs, zone, otherZone, asked, resolved, commits } = props;
  const hatch = useId().replaceAll(":", "");
  const narrow = width < 560;
  const metrics = useMemo(() => timelineMetrics(narrow), [narrow]);
  const { windowSpan, stoppedAtMs } = props;
  // What a zoom leaves as it is need not be laid out again.
  const windowScale = useMemo(() => createTimeScale(windowSpan, width), [windowSpan, width]);
  const windowCoverage = useMemo(
    () => layoutCoverage(window, windowScale, nowMs, stoppedAtMs),
    [window, windowScale, nowMs, stoppedAtMs],
  );
  const scale = createTimeScale(props.view, width);
  const cursorMs = asked?.ms ?? null;
  const coverage = layoutCoverage(window, scale, nowMs, props.stoppedAtMs);
  const named = narrow ? coverage.gaps.filter((gap) => gap.width >= LEAST_NAMED_ON_PHONE) : coverage.gaps;
  const gapWords = layoutGapWords(named, width);
  const placed = layoutMarks(props.marks, scale, {
    cursorMs,
    wordsLength: narrow ? 14 : 26,
    narrow,
    taken: gapWords,
  });
  const [resolvedTo, lowestMs] = [resolved?.bookmark ?? null, cursorMs ?? nowMs];
  const lowest = useMemo(() => {
    const range = commitRange(commits, lowestMs, width);
    return layoutCommits(commits, range, width, cursorMs === null ? null : { ms: cursorMs, bookmark: resolvedTo });
  }, [commits, lowestMs, width, cursorMs, resolvedTo]);
  const cursorX = scale.x(cursorMs ?? nowMs);
  const isCursorInView = cursorX >= 0 && cursorX <= width;
  // For who cannot see the drawing, the frame after it is early enough.
  const isPainted = useAfterPaint();
  const area = useRef<HTMLDivElement>(null);
  const pointer = useTimelinePointer({
    area,
    scale,
    window: props.windowSpan,
    onMove: props.onMoveCursor,
    onView: (view) => props.onView(view, "drag"),
  });

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const command = readTimelineKey(event);
    if (!command) return;
    event.preventDefault();
    if (command.kind !== "before-mark") return props.onCommand(command);
    const id = (event.target as HTMLElement).dataset.mark;
    const focused = props.marks.find((mark) => mark.id === id);
    if (focused) props.onChooseMark(focused, "before");
    else props.onCommand(command);
  };

  const afterWords =
    asked && resolved && resolved.commitsAfter !== null
      ? `after it: ${formatCount(resolved.commitsAfter, "commit")}, ${formatDuration(nowMs - asked.ms)}`
      : null;

  return (
    <fieldset
      aria-label={`Recovery timeline of ${props.database}`}
      onKeyDown={onKeyDown}
      data-bars={nameBars(props.viewBuckets)}
      data-view={`${props.view.fromMs}+${props.view.toMs - props.view.fromMs}`}
      className="absolute inset-0 [overflow-x:clip] [overflow-clip-margin:4px]"
    >
      <svg
        aria-hidden="true"
        width={width}
        height={metrics.height}
        className="absolute inset-0 overflow-visible text-11 [&_text]:font-mono [&_text]:tracking-[-0.02em] [&_text.font-sans]:font-sans [&_text.font-sans]:tracking-normal"
      >
        <HatchPatterns id={hatch} />
        <WindowScale
          scale={windowScale}
          metrics={metrics}
          coverage={windowCoverage}
          buckets={props.windowBuckets}
          marks={props.marks}
          zone={zone}
          nowMs={nowMs}
          hatch={hatch}
        />
        <WindowLens scale={windowScale} view={props.view} jumps={props.jumps} metrics={metrics} />
        <ViewScale
          scale={scale}
          metrics={metrics}
          bars={layoutBars(props.viewBuckets, scale, {
            base: metrics.viewBase,
            height: metrics.barHeight,
            cursorMs,
            nowMs,
          })}
          coverage={coverage}
          gapWords={gapWords}
          axis={layoutAxis(scale, zone, otherZone, nowMs)}
          marks={placed}
          cursorMs={cursorMs}
          nowMs={nowMs}
          afterWords={afterWords}
          zone={zone}
          otherZone={otherZone}
          hatch={hatch}
          narrow={narrow}
        />
        {isCursorInView && asked && (
          <path
            className={asked.refused ? "stroke-danger" : "stroke-accent"}
            strokeWidth={1.5}
            d={`M${cursorX} ${metrics.viewTop + 8}V${metrics.viewBase + 14}`}
          />
        )}
        <CommitScale
          scale={lowest.scale}
          metrics={metrics}
          stalks={lowest.stalks}
          marks={props.marks}
          coverage={layoutCoverage(window, lowest.scale, nowMs, props.stoppedAtMs)}
          hatch={hatch}
          asked={asked}
          resolved={resolved}
          lensX={Math.min(width, Math.max(0, cursorX))}
          zone={zone}
          nowMs={nowMs}
          narrow={narrow}
        />
      </svg>
      <WindowBrush scale={windowScale} view={props.view} height={metrics.windowBase + 8} onView={props.onView} />
      <div
        ref={area}
        aria-hidden
        className="absolute inset-x-0 cursor-crosshair touch-pan-y"
        style={{ top: metrics.viewTop, height: metrics.viewBase - metrics.viewTop + 12 }}
        {...pointer}
      />
      <div
        aria-hidden
        className="absolute inset-x-0 cursor-pointer"
        style={{ top: metrics.commitTop, height: metrics.commitBase - metrics.commitTop + 6 }}
        onPointerDown={(event) => {
          const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
          const [nearest] = [...lowest.stalks].sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
          if (nearest && Math.abs(nearest.x - x) < 24) props.onChooseCommit(nearest.commit);
          else props.onMoveCursor(lowest.scale.ms(x));
        }}
      />
      <CursorPill
        x={cursorX}
        width={width}
        top={metrics.viewTop - 9}
        words={asked ? formatClock(asked.ms, zone, "millisecond") : "now"}
        tone={asked === null ? "now" : asked.refused ? "refused" : "chosen"}
        label="Chosen moment"
        nowSeconds={Math.round((cursorMs ?? nowMs) / 1000)}
        leastSeconds={Math.round(props.windowSpan.fromMs / 1000)}
        mostSeconds={Math.round(nowMs / 1000)}
        spoken={spokenMoment(props)}
      />
      <TimelineMarks
        placed={placed}
        width={width}
        metrics={metrics}
        zone={zone}
        nowMs={nowMs}
        onChoose={props.onChooseMark}
        onSpread={props.onSpreadMarks}
      />
      {isPainted && !props.hasTable && (
        <TimelineTable
          buckets={props.viewBuckets}
          marks={props.marks}
          view={props.view}
          window={window}
          zone={zone}
          nowMs={nowMs}
          onChooseMark={null}
        />
      )}
    </fieldset>
  );
}

/** Which bars are drawn, for whoever measures when: the beginning and the width of the first, Unix milliseconds, and how many. */
function nameBars(buckets: DensityView["buckets"]): string {
  const [first] = buckets;
  return first ? `${first.fromMs}+${first.toMs - first.fromMs}*${buckets.length}` : "none";
}

function spokenMoment({ asked, resolved, zone, nowMs }: RecoveryTimelineProps): string {
  if (!asked) return "now";
  const when = `${formatFullDay(asked.ms, zone)}, ${formatClock(asked.ms, zone, "millisecond")} ${formatZone(zone)}`;
  if (!resolved) return when;
  const target = asked.exact
    ? "exactly a commit"
    : `resolves to ${formatMoment(resolved.ms, zone, nowMs, "millisecond")}`;
  const after = resolved.commitsAfter === null ? "" : `, ${formatCount(resolved.commitsAfter, "commit")} after it`;
  return `${when}, ${target}${after}`;
}
