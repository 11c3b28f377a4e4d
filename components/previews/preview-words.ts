import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import type { ShownPreview } from "./preview-actions.ts";

/** From which moment of its project a preview is: `from 14:03:22.481 UTC`. */
export function originWords({ sourceTimeMs }: ShownPreview, zone: string, nowMs: number): string {
  if (sourceTimeMs === null) return "being made";
  return `from ${formatMoment(sourceTimeMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
}

/** When a preview's time is over: `ends in 23 h`. */
export function endWords({ expiresAtMs }: ShownPreview, nowMs: number): string {
  if (expiresAtMs === null) return "not begun yet";
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return "its time is over";
  // To the minute only near the end: far from it seconds tell nothing.
  return leftMs < 120_000
    ? `ends in ${formatDuration(leftMs)}`
    : `ends in ${formatDuration(leftMs - (leftMs % 60_000))}`;
}

/** Why a project cannot be cut over to a preview of it; null: it can. */
export function cutoverRefusal({
  engine,
  origin,
}: {
  engine: DatabaseView["engine"];
  origin: DatabaseView["origin"] | null;
}): string | null {
  if (engine !== "postgres" || origin !== "attached") return null;
  return "A copy of an attached server has other roles and rights than that server: restore the moment itself in place, or give rows back.";
}
