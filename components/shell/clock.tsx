"use client";

import { formatClock, formatZone } from "../../lib/client/format-time.ts";
import { Tip } from "../ui/tip.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";

/** The time in the chosen zone; pressing it changes the zone everywhere. */
export function Clock() {
  const nowMs = useNow();
  const { zone, choice, choose } = useZone();
  return (
    <Tip text="Changes the zone everywhere" side="bottom">
      <button
        type="button"
        onClick={() => choose(choice === "utc" ? "local" : "utc")}
        className="flex items-baseline gap-1.5 rounded-1 px-1 font-mono text-12 font-medium hover:bg-hover max-wide:h-11 max-wide:items-center"
      >
        <span aria-hidden={nowMs === null}>{nowMs === null ? "--:--:--" : formatClock(nowMs, zone)}</span>
        <span className="font-normal text-ink-3">{formatZone(zone)}</span>
      </button>
    </Tip>
  );
}
