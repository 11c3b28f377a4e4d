"use client";

import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatClock, formatZone } from "../../lib/client/format-time.ts";
import { readWallTime } from "../../lib/domain/zoned-time.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Sat 21 Nov`, with the year where it is not this one. */
export function dayWords(ms: number, zone: string, nowMs: number): string {
  const { year, month, day } = readWallTime(ms, zone);
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  const isThisYear = readWallTime(nowMs, zone).year === year;
  return `${weekday} ${day} ${MONTHS[month - 1]}${isThisYear ? "" : ` ${year}`}`;
}

/** When a schedule runs next, by its own clock and by UTC. */
export function NextRuns({ runs, zone, nowMs }: { runs: readonly number[]; zone: string; nowMs: number }) {
  const isUtc = formatZone(zone) === "UTC";
  return (
    <table className="w-full border-collapse" aria-label="Next five runs">
      <thead>
        <tr className="border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pb-2 [&>th]:font-medium">
          <th scope="col" colSpan={2}>
            {formatZone(zone)}
          </th>
          {!isUtc && (
            <th scope="col" className="text-right">
              UTC
            </th>
          )}
          <th scope="col" className="text-right">
            From now
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((ms) => (
          <tr key={ms} className="h-10 border-b border-line whitespace-nowrap">
            <td className="pr-2">{dayWords(ms, zone, nowMs)}</td>
            <td className="pr-2 font-mono text-12 font-[550]">{formatClock(ms, zone, "minute")}</td>
            {!isUtc && (
              <td className="pr-2 text-right font-mono text-12 text-ink-2">{formatClock(ms, "UTC", "minute")}</td>
            )}
            <td className="text-right text-ink-3">in {formatDuration(Math.max(60_000, ms - nowMs))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
