"use client";

import { formatDuration } from "../../lib/client/format-duration.ts";
import { MomentText } from "../ui/moment-text.tsx";
import { useNow } from "../ui/use-now.ts";

/** When something will be gone for good: the moment, and how long that is from now. */
export function GoneAt({ atMs }: { atMs: number }) {
  const nowMs = useNow();
  const leftMs = nowMs === null ? null : atMs - nowMs;
  return (
    <>
      <span className="mr-1 text-ink-2 wide:hidden">gone for good</span>
      <MomentText ms={atMs} precision="minute" withZone />
      <span className="block text-12 text-ink-3">
        {leftMs === null ? "…" : leftMs <= 0 ? "any minute now" : `in ${formatDuration(leftMs)}`}
      </span>
    </>
  );
}
