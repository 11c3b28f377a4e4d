"use client";

import { formatClock, formatZone } from "../../lib/client/format-time.ts";
import { findInstants, readWallTime } from "../../lib/domain/zoned-time.ts";
import { Segmented } from "../ui/segmented.tsx";

/** Tells the two passes of an hour apart that the clocks went through twice; nothing at any other time. */
export function RepeatedHour({ ms, zone, onChoose }: { ms: number; zone: string; onChoose: (ms: number) => void }) {
  const found = findInstants(readWallTime(ms, zone), zone);
  if (found.kind !== "repeated") return null;
  const options = [
    { value: "first" as const, text: `first, ${formatClock(found.firstMs, "UTC", "minute")} UTC` },
    { value: "second" as const, text: `second, ${formatClock(found.secondMs, "UTC", "minute")} UTC` },
  ];
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2 text-12 text-ink-2">
      <span>This hour happened twice in {formatZone(zone)}</span>
      <Segmented
        label="Which of the two hours"
        value={ms === found.firstMs ? "first" : "second"}
        options={options}
        onChange={(which) => onChoose(which === "first" ? found.firstMs : found.secondMs)}
      />
    </div>
  );
}
