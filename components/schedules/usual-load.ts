import type { DensityView } from "../../lib/client/api-types.ts";
import { readWallTime } from "../../lib/domain/zoned-time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back the usual is looked for. */
export const LOAD_DAYS = 28;

/** What is written in each hour of the week, by a zone's clock: seven rows from Monday of 24 shares of the busiest, 0 to 1. */
export type UsualLoad = readonly (readonly number[])[];

/** The stretch of whole hours that the load is read from, up to the end of this one. */
export function loadRange(nowMs: number): { fromMs: number; toMs: number; buckets: number } {
  const toMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  return { fromMs: toMs - LOAD_DAYS * DAY_MS, toMs, buckets: LOAD_DAYS * 24 };
}

/** Weekday from 0, Monday, and hour by a zone's clock. */
export function slotOf(ms: number, zone: string): { day: number; hour: number } {
  const { year, month, day, hour } = readWallTime(ms, zone);
  return { day: (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7, hour };
}

/** The load by weekday and hour of hourly buckets; null where nothing was written at all. */
export function usualLoad({ buckets }: DensityView, zone: string): UsualLoad | null {
  const sums = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  for (const { fromMs, toMs, commits } of buckets) {
    const { day, hour } = slotOf((fromMs + toMs) / 2, zone);
    const row = sums[day];
    if (row) row[hour] = (row[hour] ?? 0) + commits;
  }
  const most = Math.max(...sums.flat());
  return most === 0 ? null : sums.map((row) => row.map((sum) => sum / most));
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const QUIET = 0.25;
const BUSY = 0.6;
const two = (value: number) => String(value).padStart(2, "0");

/** Whether the runs of a week fall into quiet hours, in a sentence; where they do not, with the quietest one. */
export function loadWords(load: UsualLoad, runs: readonly number[], zone: string): string | null {
  const slots = runs.map((ms) => ({ ...slotOf(ms, zone), minute: readWallTime(ms, zone).minute }));
  const [first] = slots;
  if (!first) return null;
  const clocks = new Set(slots.map(({ hour, minute }) => `${two(hour)}:${two(minute)}`));
  const what = clocks.size === 1 ? [...clocks].join("") : "Each run";
  const loads = slots.map(({ day, hour }) => ({ day, hour, share: load[day]?.[hour] ?? 0 }));
  const busiest = loads.reduce((a, b) => (b.share > a.share ? b : a));
  const days = new Set(slots.map(({ day }) => day));
  const when = days.size === 7 ? "every day" : days.size === 1 ? `on ${DAYS[first.day]}s` : "on each of its days";
  if (busiest.share <= QUIET) return `${what} is ${clocks.size === 1 ? "" : "in "}a quiet hour ${when}.`;
  const byHour = Array.from({ length: 24 }, (_, hour) => load.reduce((sum, row) => sum + (row[hour] ?? 0), 0));
  const quietest = byHour.indexOf(Math.min(...byHour));
  const how = busiest.share >= BUSY ? "one of the busiest hours" : "a busier hour";
  return `${DAYS[busiest.day]} ${two(busiest.hour)}:00 is ${how}; ${two(quietest)}:00 is the quietest.`;
}
