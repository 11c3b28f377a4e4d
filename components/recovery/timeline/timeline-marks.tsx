"use client";

import { Archive, Eraser, History, type LucideIcon, SkipBack, TableProperties, Tag } from "lucide-react";
import { formatMoment, formatZone } from "../../../lib/client/format-time.ts";
import { joinClasses } from "../../ui/join-classes.ts";
import { Tip } from "../../ui/tip.tsx";
import { BEFORE_WIDTH, type Mark, type MarkKind, type PlacedMark } from "./layout-marks.ts";
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
const ICONS: Record<MarkKind, LucideIcon> = {
  label: Tag,
  backup: Archive,
  restore: History,
  schema: TableProperties,
  delete: Eraser,
};
const chip =
  "flex h-[18px] items-center gap-1 rounded-1 border text-11 leading-none font-medium whitespace-nowrap hover:border-accent";
const plain = "border-line-strong bg-surface";
const loss = "border-danger-line bg-danger-soft text-danger-text hover:border-danger";

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
        className={joinClasses(
          chip,
          entry.marks.some((one) => one.isLoss) ? loss : plain,
          "absolute justify-center before:absolute before:-inset-x-1 before:-inset-y-3",
        )}
        onClick={() => onSpread(entry.marks)}
        aria-label={`${entry.marks.length} marks around ${when}: ${nameSome(entry.marks)}. Zoom in`}
      >
        {entry.text}
      </button>
    );
  }
  const Icon = ICONS[mark.kind];
  const tone = mark.isLoss ? loss : plain;
  const said = mark.sentence ?? mark.words;
  const before = (
    <>
      <SkipBack size={12} strokeWidth={1.8} aria-hidden />
      {!entry.hasBefore && "just before"}
    </>
  );
  return (
    <div
      style={{ ...place, width: entry.hasBefore ? entry.width : undefined }}
      className={joinClasses(
        "group absolute flex hover:z-20 focus-within:z-20",
        entry.hasBefore && entry.flipped && "flex-row-reverse",
      )}
    >
      <Tip text={`${said} · ${when}`} side="bottom">
        <button
          type="button"
          data-mark={mark.id}
          style={{ width: entry.width - (entry.hasBefore ? BEFORE_WIDTH : 0) }}
          onClick={() => onChoose(mark, "at")}
          aria-label={`${said}, ${when}. Choose this moment`}
          className={joinClasses(
            chip,
            tone,
            "relative px-[2px] before:absolute before:-inset-x-[3px] before:-inset-y-1 touch:before:-inset-x-3 touch:before:-inset-y-3",
            entry.flipped && "flex-row-reverse",
            entry.hasBefore && (entry.flipped ? "rounded-l-none border-l-0" : "rounded-r-none border-r-0"),
          )}
        >
          <Icon
            size={12}
            strokeWidth={1.8}
            className={joinClasses("shrink-0", !mark.isLoss && "text-ink-2")}
            aria-hidden
          />
          {entry.text && <span className="min-w-0 truncate">{entry.text}</span>}
        </button>
      </Tip>
      <button
        type="button"
        data-mark={mark.id}
        style={entry.hasBefore ? { width: BEFORE_WIDTH } : undefined}
        onClick={() => onChoose(mark, "before")}
        aria-label={`Just before ${said}, ${when}`}
        title={entry.hasBefore ? "Just before this (B)" : undefined}
        className={joinClasses(
          chip,
          tone,
          entry.hasBefore
            ? joinClasses("justify-center", entry.flipped ? "rounded-r-none" : "rounded-l-none")
            : joinClasses(
                "pointer-events-none absolute px-1.5 text-accent opacity-0",
                opensLeft ? "right-full -mr-px rounded-r-none" : "left-full -ml-px rounded-l-none",
                "group-focus-within:pointer-events-auto group-focus-within:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100 touch:hidden",
              ),
        )}
      >
        {before}
      </button>
    </div>
  );
}

const MOST_NAMED = 5;

function nameSome(marks: readonly Mark[]): string {
  const names = marks.slice(0, MOST_NAMED).map((one) => one.sentence ?? one.words);
  const left = marks.length - names.length;
  return left > 0 ? `${names.join(", ")} and ${left} more` : names.join(", ");
}
