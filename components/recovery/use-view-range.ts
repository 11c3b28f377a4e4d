"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { toRange } from "./first-recovery.ts";
import type { TimeRange } from "./timeline/time-scale.ts";

const ZOOM_MS = 260;

/** `endMs` null follows now. */
type Target = { spanMs: number; endMs: number | null };

/**
 * What the middle scale shows. A view whose end is at now keeps following it. Jumps are animated, so that people see
 * where they went; drags and reduced motion are not.
 */
export function useViewRange(window: TimeRange, initialSpanMs: number, initialEndMs: number | null) {
  const [target, setTarget] = useState<Target>({ spanMs: initialSpanMs, endMs: initialEndMs });
  const [flight, setFlight] = useState<{ from: TimeRange; startedAt: number; share: number } | null>(null);
  const goal = toRange(target, window);
  const view = flight ? mix(flight.from, goal, flight.share) : goal;
  const shown = useRef(view);
  shown.current = view;

  useEffect(() => {
    if (!flight) return;
    const frame = requestAnimationFrame((nowMs) => {
      const share = Math.min(1, (nowMs - flight.startedAt) / ZOOM_MS);
      setFlight(share >= 1 ? null : { ...flight, share: 1 - (1 - share) ** 3 });
    });
    return () => cancelAnimationFrame(frame);
  }, [flight]);

  const show = useCallback(
    (range: TimeRange, how: "jump" | "drag" = "jump") => {
      const spanMs = range.toMs - range.fromMs;
      const isAtNow = range.toMs >= window.toMs;
      setTarget({ spanMs, endMs: isAtNow ? null : range.toMs });
      const still = how === "drag" || matchMedia("(prefers-reduced-motion: reduce)").matches;
      setFlight(still ? null : { from: shown.current, startedAt: performance.now(), share: 0 });
    },
    [window.toMs],
  );
  return { view, goal, show };
}

function mix(from: TimeRange, to: TimeRange, share: number): TimeRange {
  return { fromMs: from.fromMs + (to.fromMs - from.fromMs) * share, toMs: from.toMs + (to.toMs - from.toMs) * share };
}
