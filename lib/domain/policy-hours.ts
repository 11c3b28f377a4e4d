import { z } from "zod";
import { findInstants, isKnownZone, readWallTime } from "./zoned-time.ts";

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/**
 * When a restore in place may begin: on these days (1 Monday to 7 Sunday), from a minute of the day up to another one,
 * in a zone. An end before the start is on the next day, and belongs to the day on which it began.
 */
export const policyHoursSchema = z
  .strictObject({
    zone: z.string().max(64).refine(isKnownZone, "Nobody knows this time zone; give one like Europe/Berlin or UTC."),
    days: z
      .array(z.int().min(1, "Days count from 1, Monday.").max(7, "Days count up to 7, Sunday."))
      .min(1, "Give at least one day.")
      .transform((days) => [...new Set(days)].sort((a, b) => a - b)),
    fromMinute: z
      .int()
      .min(0)
      .max(DAY_MINUTES - 1, "Give a time of the day."),
    toMinute: z.int().min(0).max(DAY_MINUTES, "Give a time of the day."),
  })
  .refine(({ fromMinute, toMinute }) => fromMinute !== toMinute, "The hours end when they begin.");

export type PolicyHours = z.output<typeof policyHoursSchema>;

/** Whether a restore may begin at an instant (Unix milliseconds), by the clock on the wall: a repeated hour counts twice. */
export function mayBeginAt(hours: PolicyHours | null, timeMs: number): boolean {
  if (hours === null) return true;
  const wall = readWallTime(timeMs, hours.zone);
  return isWithin(hours, weekdayOf(wall), wall.hour * 60 + wall.minute);
}

/** The first instant at or after `timeMs` at which a restore may begin; null where none comes within a fortnight. */
export function nextBegin(hours: PolicyHours | null, timeMs: number): number | null {
  if (mayBeginAt(hours, timeMs) || hours === null) return timeMs;
  const wall = readWallTime(timeMs, hours.zone);
  const start = { ...wall, hour: 0, minute: hours.fromMinute, second: 0, millisecond: 0 };
  for (let ahead = 0; ahead <= 14; ahead++) {
    const found = findInstants({ ...start, day: wall.day + ahead }, hours.zone);
    const candidates =
      found.kind === "exact"
        ? [found.ms]
        : found.kind === "repeated"
          ? [found.firstMs, found.secondMs]
          : [found.afterMs];
    const next = candidates.find((ms) => ms >= timeMs && mayBeginAt(hours, ms));
    if (next !== undefined) return next;
  }
  return null;
}

/** Whether a restore may begin now, and where not, when it may next; null where none comes within a fortnight. */
export function beginOf(
  hours: PolicyHours | null,
  nowMs: number,
): { mayBeginNow: boolean; nextBeginMs: number | null } {
  const mayBeginNow = mayBeginAt(hours, nowMs);
  return { mayBeginNow, nextBeginMs: mayBeginNow ? null : nextBegin(hours, nowMs) };
}

/** Whether `after` lets a restore begin when `before` does not. Another zone always might. */
export function hoursAllowMore(before: PolicyHours | null, after: PolicyHours | null): boolean {
  if (before === null) return false;
  if (after === null) return true;
  if (before.zone !== after.zone) return true;
  for (let minute = 0; minute < WEEK_MINUTES; minute++) {
    const [day, ofDay] = [Math.floor(minute / DAY_MINUTES) + 1, minute % DAY_MINUTES];
    if (isWithin(after, day, ofDay) && !isWithin(before, day, ofDay)) return true;
  }
  return false;
}

/** @param day 1 Monday to 7 Sunday */
function isWithin({ days, fromMinute, toMinute }: PolicyHours, day: number, minute: number): boolean {
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  const dayBefore = day === 1 ? 7 : day - 1;
  return (days.includes(day) && minute >= fromMinute) || (days.includes(dayBefore) && minute < toMinute);
}

function weekdayOf({ year, month, day }: { year: number; month: number; day: number }): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;
}
