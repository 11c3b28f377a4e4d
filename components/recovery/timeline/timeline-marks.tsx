"use client";

import { History, SkipBack, Tag } from "lucide-react";
import { formatMoment, formatZone } from "../../../lib/client/format-time.ts";
import { joinClasses } from "../../ui/join-classes.ts";
import { Tip } from "../../ui/tip.tsx";
import type { Mark, PlacedMark } from "./layout-marks.ts";
import type { TimelineMetrics } from "./timeline-metrics.ts";

/** The marks as buttons in time order; hover and focus open "just before this". */
export function TimelineMarks({
  placed,
  width,
  metrics,
  zone,
  nowMs,
  onChoose,
  onSpread,
}: {
  placed: readonly PlacedMark[];
  /** Of the whole drawing: "just before" opens to the side that has room. */
  width: number;
  metrics: TimelineMetrics;
  zone: string;
  nowMs: number;
  onChoose: (mark: Mark, where: "at" | "before") => void;
  /** Zooms in until the marks of a crowd stand apart. */
  onSpread: (marks: readonly Mark[]) => void;
}) {
  const inOrder = [...placed].sort((a, b) => a.marks[0].ms - b.marks[0].ms);
  return (
    <fieldset aria-label="Marks">
      {inOrder.map((entry) => (
        <MarkChip
          key={`${entry.lane}-${entry.marks[0].id}`}
          entry={entry}
          top={metrics.laneTops[entry.lane]}
          opensLeft={entry.left + entry.width + JUST_BEFORE_WIDTH > width}
          when={`${formatMoment(entry.marks[0].ms, zone, nowMs)} ${formatZone(zone)}`}
          onChoose={onChoose}
          onSpread={onSpread}
        />
      ))}
    </fieldset>
  );
}

const JUST_BEFORE_WIDTH = 96;
const chip =
  "flex h-[18px] items-center gap-1 rounded-1 border border-line-strong bg-surface text-11 leading-none font-medium whitespace-nowrap hover:border-accent";

function MarkChip({
  entry,
  top,
  opensLeft,
  when,
  onChoose,
  onSpread,
}: {
  entry: PlacedMark;
  top: number;
  opensLeft: boolean;
  when: string;
  onChoose: (mark: Mark, where: "at" | "before") => void;
  onSpread: (marks: readonly Mark[]) => void;
}) {
  const [mark] = entry.marks;
  const place = { left: entry.left, top, width: entry.width };
  if (entry.marks.length > 1) {
    return (
      <button
        type="button"
        style={place}
        className={joinClasses(chip, "absolute justify-center before:absolute before:-inset-x-1 before:-inset-y-3")}
        onClick={() => onSpread(entry.marks)}
        aria-label={`${entry.marks.length} marks around ${when}: ${entry.marks.map((one) => one.words).join(", ")}. Zoom in`}
      >
        {entry.text}
      </button>
    );
  }
  const Icon = mark.kind === "label" ? Tag : History;
  return (
    <div style={{ ...place, width: undefined }} className="group absolute flex hover:z-20 focus-within:z-20">
      <Tip text={`${mark.words} · ${when}`} side="bottom">
        <button
          type="button"
          data-mark={mark.id}
          style={{ width: entry.width }}
          onClick={() => onChoose(mark, "at")}
          aria-label={`${mark.words}, ${when}. Choose this moment`}
          className={joinClasses(
            chip,
            "relative px-[2px] before:absolute before:-inset-x-[3px] before:-inset-y-1 touch:before:-inset-x-3",
            entry.flipped && "flex-row-reverse",
          )}
        >
          <Icon size={12} strokeWidth={1.8} className="shrink-0 text-ink-2" aria-hidden />
          {entry.text && <span className="min-w-0 truncate">{mark.words}</span>}
        </button>
      </Tip>
      <button
        type="button"
        onClick={() => onChoose(mark, "before")}
        aria-label={`Just before ${mark.words}`}
        className={joinClasses(
          chip,
          "pointer-events-none absolute h-[18px] px-1.5 text-accent opacity-0",
          opensLeft ? "right-full -mr-px rounded-r-none" : "left-full -ml-px rounded-l-none",
          "group-focus-within:pointer-events-auto group-focus-within:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100 touch:hidden",
        )}
      >
        <SkipBack size={12} strokeWidth={1.8} aria-hidden />
        just before
      </button>
    </div>
  );
}
