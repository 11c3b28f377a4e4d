"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { Button } from "../ui/button.tsx";
import { KeyCap } from "../ui/key-cap.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { TextButton } from "../ui/text-link.tsx";
import type { TimeRange } from "./timeline/time-scale.ts";
import { ZOOMS, type ZoomValue, zoomOf } from "./timeline/view-range.ts";

/** The title of the timeline with what can be reached, the zoom and the way to earlier and later. */
export function RecoveryHead({
  window,
  view,
  zone,
  nowMs,
  onZoom,
  onPan,
}: {
  window: RecoveryWindow;
  view: TimeRange;
  zone: string;
  nowMs: number;
  onZoom: (zoom: ZoomValue) => void;
  onPan: (share: number) => void;
}) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <h2 className="text-14 font-semibold">Recovery window</h2>
      <span className="text-ink-3 max-wide:hidden">{reachWords(window, zone, nowMs)}</span>
      <span className="flex-1" />
      <Segmented
        label="Zoom"
        value={zoomOf(view)}
        onChange={onZoom}
        options={ZOOMS.map(({ value, text, onlyWide }) => ({ value, text, onlyWide }))}
      />
      <span className="flex max-wide:hidden">
        <Button tone="quiet" size="smallIcon" aria-label="Earlier" onClick={() => onPan(-0.5)}>
          <ChevronLeft size={16} strokeWidth={1.6} aria-hidden />
        </Button>
        <Button tone="quiet" size="smallIcon" aria-label="Later" onClick={() => onPan(0.5)}>
          <ChevronRight size={16} strokeWidth={1.6} aria-hidden />
        </Button>
      </span>
    </div>
  );
}

function reachWords(window: RecoveryWindow, zone: string, nowMs: number): string {
  if (!window.oldest) return "nothing captured yet";
  const gaps = window.gaps.length === 0 ? "no gaps" : formatCount(window.gaps.length, "gap");
  return `${formatMoment(window.oldest.timeMs, zone, nowMs)} to now, every commit, ${gaps}`;
}

/** What the colours mean and what the keys do. */
export function RecoveryLegend({
  hasSuspect,
  hasTable,
  onToggleTable,
}: {
  hasSuspect: boolean;
  /** Whether the same is shown as a table below. */
  hasTable: boolean;
  onToggleTable: () => void;
}) {
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1.5 text-12 text-ink-3">
      <Legend swatch="size-2.5 bg-write">stays</Legend>
      <Legend swatch="size-2.5 bg-write-after">after the moment</Legend>
      <Legend swatch="h-1 w-2.5 bg-ok">restorable</Legend>
      <Legend swatch="size-2.5 hatched">gap</Legend>
      {hasSuspect && <Legend swatch="h-1 w-2.5 bg-warn">clock jumped</Legend>}
      <TextButton aria-expanded={hasTable} onClick={onToggleTable} className="touch:min-h-11">
        {hasTable ? "Hide the table" : "As a table"}
      </TextButton>
      <span className="flex-1" />
      <span className="flex items-center gap-1.5 max-wide:hidden">
        <KeyCap>←</KeyCap>
        <KeyCap>→</KeyCap>commit
      </span>
      <span className="flex items-center gap-1.5 max-wide:hidden">
        <KeyCap>⇧</KeyCap>second
      </span>
      <span className="flex items-center gap-1.5 max-wide:hidden">
        <KeyCap>⌥</KeyCap>minute
      </span>
      <span className="flex items-center gap-1.5 max-wide:hidden">
        <KeyCap>B</KeyCap>before
      </span>
      <span className="flex items-center gap-1.5 max-wide:hidden">
        <KeyCap>N</KeyCap>now
      </span>
    </div>
  );
}

function Legend({ swatch, children }: { swatch: string; children: string }) {
  return (
    <span className="flex items-center gap-1.5">
      <span aria-hidden className={`block rounded-[1px] ${swatch}`} />
      {children}
    </span>
  );
}
