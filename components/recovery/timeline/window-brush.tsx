"use client";

import { type PointerEvent, useRef } from "react";
import type { TimeRange, TimeScale } from "./time-scale.ts";
import { clampView, viewAround } from "./view-range.ts";

/** Pointers on the uppermost scale: the view goes where it is pressed and follows the drag. Keys have the zoom and pan buttons. */
export function WindowBrush({
  scale,
  view,
  height,
  onView,
}: {
  scale: TimeScale;
  view: TimeRange;
  height: number;
  onView: (view: TimeRange, how: "jump" | "drag") => void;
}) {
  const grip = useRef<number | null>(null);
  const msAt = (event: PointerEvent<HTMLElement>) =>
    scale.ms(event.clientX - event.currentTarget.getBoundingClientRect().left);
  const stop = () => {
    grip.current = null;
  };
  return (
    <div
      aria-hidden
      className="absolute inset-x-0 top-0 cursor-ew-resize touch-pan-y"
      style={{ height }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const ms = msAt(event);
        const slackMs = scale.ms(8) - scale.ms(0);
        const isInside = ms >= view.fromMs - slackMs && ms <= view.toMs + slackMs;
        grip.current = isInside ? ms - view.fromMs : (view.toMs - view.fromMs) / 2;
        if (!isInside) onView(viewAround(ms, view.toMs - view.fromMs, scale), "jump");
      }}
      onPointerMove={(event) => {
        if (grip.current === null) return;
        const fromMs = msAt(event) - grip.current;
        onView(clampView({ fromMs, toMs: fromMs + view.toMs - view.fromMs }, scale), "drag");
      }}
      onPointerUp={stop}
      onPointerCancel={stop}
    />
  );
}
