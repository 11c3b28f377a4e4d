"use client";

import { useCallback, useState } from "react";
import { toRange } from "./first-recovery.ts";
import type { TimeRange } from "./timeline/time-scale.ts";

/** `endMs` null follows now; `jumps` counts the moves that people are shown the way of. */
type Target = { spanMs: number; endMs: number | null; jumps: number };

/** What the middle scale shows. A view whose end is at now keeps following it. */
export function useViewRange(window: TimeRange, initialSpanMs: number, initialEndMs: number | null) {
  const [target, setTarget] = useState<Target>({ spanMs: initialSpanMs, endMs: initialEndMs, jumps: 0 });
  const show = useCallback(
    (range: TimeRange, how: "jump" | "drag" = "jump") => {
      const spanMs = range.toMs - range.fromMs;
      const isAtNow = range.toMs >= window.toMs;
      setTarget(({ jumps }) => ({
        spanMs,
        endMs: isAtNow ? null : range.toMs,
        jumps: how === "jump" ? jumps + 1 : jumps,
      }));
    },
    [window.toMs],
  );
  return { view: toRange(target, window), jumps: target.jumps, show };
}
