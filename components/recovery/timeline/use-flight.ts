"use client";

import { useEffect, useRef, useState } from "react";
import type { TimeRange } from "./time-scale.ts";

const FLIGHT_MS = 260;

type Flight = { from: TimeRange; startedAt: number; share: number };

/**
 * A range on its way: with each of `jumps` it flies from where it stood to where it is now, so that people see where they
 * went. Whatever else moves it, and everything under reduced motion, it follows at once.
 */
export function useFlight(goal: TimeRange, jumps: number): TimeRange {
  const [{ flight, seen }, setState] = useState<{ flight: Flight | null; seen: number }>({ flight: null, seen: jumps });
  const shown = useRef(goal);
  if (seen !== jumps) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const begun = { from: shown.current, startedAt: performance.now(), share: 0 };
    setState({ flight: still ? null : begun, seen: jumps });
  }
  const range = flight ? mix(flight.from, goal, flight.share) : goal;

  useEffect(() => {
    shown.current = range;
  }, [range]);
  useEffect(() => {
    if (!flight) return;
    const frame = requestAnimationFrame((nowMs) => {
      const share = Math.min(1, Math.max(0, nowMs - flight.startedAt) / FLIGHT_MS);
      setState({ seen: jumps, flight: share >= 1 ? null : { ...flight, share: 1 - (1 - share) ** 3 } });
    });
    return () => cancelAnimationFrame(frame);
  }, [flight, jumps]);
  return range;
}

function mix(from: TimeRange, to: TimeRange, share: number): TimeRange {
  return { fromMs: from.fromMs + (to.fromMs - from.fromMs) * share, toMs: from.toMs + (to.toMs - from.toMs) * share };
}
