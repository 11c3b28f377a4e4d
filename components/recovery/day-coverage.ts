import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { findInstants } from "../../lib/domain/zoned-time.ts";

export type DayCover = "full" | "partly" | "none";
export type CalendarDay = { year: number; month: number; day: number };

/** The first instant of a day in a zone; where midnight is skipped, the first one after it. */
export function startOfDay({ year, month, day }: CalendarDay, zone: string): number {
  const found = findInstants({ year, month, day, hour: 0, minute: 0, second: 0, millisecond: 0 }, zone);
  if (found.kind === "exact") return found.ms;
  return found.kind === "repeated" ? found.firstMs : found.afterMs;
}

/** How much of a day can be restored. A day that the window begins or ends in counts as full up to there; a gap makes it partly. */
export function coverOfDay(window: RecoveryWindow, day: CalendarDay, zone: string, nowMs: number): DayCover {
  const fromMs = startOfDay(day, zone);
  const toMs = startOfDay({ ...day, day: day.day + 1 }, zone);
  // Apia went from 29 to 31 December 2011: there was no day between them.
  if (toMs <= fromMs) return "none";
  const touches = (span: { fromMs: number; toMs: number }) => span.fromMs < toMs && span.toMs >= fromMs;
  const last = window.spans.at(-1);
  const reachesNow = last !== undefined && nowMs >= fromMs && last.fromMs < toMs && nowMs < toMs;
  if (!window.spans.some(touches) && !reachesNow) return "none";
  return window.gaps.some(touches) ? "partly" : "full";
}
