"use client";

import { type PointerEvent, type RefObject, useEffect, useRef } from "react";
import type { TimeRange, TimeScale } from "./time-scale.ts";
import { panView, zoomView } from "./view-range.ts";

type Finger = { x: number };

/**
 * Pointers on the middle scale: one moves the cursor, two pinch, Ctrl with the wheel zooms around the pointer, a
 * sideways wheel pans. The page keeps its vertical scrolling.
 */
export function useTimelinePointer({
  area,
  scale,
  window,
  onMove,
  onView,
}: {
  area: RefObject<HTMLElement | null>;
  scale: TimeScale | null;
  window: TimeRange;
  onMove: (ms: number) => void;
  onView: (view: TimeRange) => void;
}) {
  const fingers = useRef(new Map<number, Finger>());
  const pinch = useRef<{ apart: number; view: TimeRange } | null>(null);
  const latest = useRef({ scale, window, onView });
  latest.current = { scale, window, onView };

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      const now = latest.current;
      if (!now.scale) return;
      const isZoom = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (!isZoom && Math.abs(sideways) <= Math.abs(event.shiftKey ? event.deltaX : event.deltaY)) return;
      event.preventDefault();
      const view = { fromMs: now.scale.fromMs, toMs: now.scale.toMs };
      const x = event.clientX - element.getBoundingClientRect().left;
      if (isZoom) now.onView(zoomView(view, Math.exp(event.deltaY / 200), now.scale.ms(x), now.window));
      else now.onView(panView(view, sideways / now.scale.width, now.window));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [area]);

  const xOf = (event: PointerEvent<HTMLElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const spread = () => {
    const [first, second] = [...fingers.current.values()];
    return first && second
      ? { apart: Math.max(20, Math.abs(first.x - second.x)), middle: (first.x + second.x) / 2 }
      : null;
  };

  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (!scale || event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, { x: xOf(event) });
      const two = spread();
      if (two) pinch.current = { apart: two.apart, view: { fromMs: scale.fromMs, toMs: scale.toMs } };
      else onMove(scale.ms(xOf(event)));
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (!scale || !fingers.current.has(event.pointerId)) return;
      fingers.current.set(event.pointerId, { x: xOf(event) });
      const two = spread();
      if (two && pinch.current) {
        const { view, apart } = pinch.current;
        const fixedMs = view.fromMs + (two.middle / scale.width) * (view.toMs - view.fromMs);
        onView(zoomView(view, apart / two.apart, fixedMs, window));
      } else if (fingers.current.size === 1 && !pinch.current) onMove(scale.ms(xOf(event)));
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      fingers.current.delete(event.pointerId);
      if (fingers.current.size === 0) pinch.current = null;
    },
    onPointerCancel(event: PointerEvent<HTMLElement>) {
      fingers.current.delete(event.pointerId);
      if (fingers.current.size === 0) pinch.current = null;
    },
  };
}
