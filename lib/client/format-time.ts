import { cityOfZone, readWallTime, zoneOffsetMinutes } from "../domain/zoned-time.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number) => String(value).padStart(2, "0");
const three = (value: number) => String(value).padStart(3, "0");

/** How exact a clock time is written. Milliseconds belong to commits only. */
export type Precision = "minute" | "second" | "millisecond";

/** The clock in a zone: `14:03`, `14:03:22` or `14:03:22.481`. */
export function formatClock(ms: number, zone: string, precision: Precision = "second"): string {
  const wall = readWallTime(ms, zone);
  const minute = `${two(wall.hour)}:${two(wall.minute)}`;
  if (precision === "minute") return minute;
  const second = `${minute}:${two(wall.second)}`;
  return precision === "second" ? second : `${second}.${three(wall.millisecond)}`;
}

/** The day in a zone, the year only if it is not the current one: `12 Nov`, `3 Jan 2025`. */
export function formatDay(ms: number, zone: string, nowMs: number): string {
  const wall = readWallTime(ms, zone);
  const day = `${wall.day} ${MONTHS[wall.month - 1]}`;
  return wall.year === readWallTime(nowMs, zone).year ? day : `${day} ${wall.year}`;
}

/** The day in full, as dialogs write it: `20 November 2026`. */
export function formatFullDay(ms: number, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "long" }).format(ms);
}

/** A moment, its date first if it is not today's: `14:03:22`, `12 Nov 16:38:02`. */
export function formatMoment(ms: number, zone: string, nowMs: number, precision: Precision = "second"): string {
  const clock = formatClock(ms, zone, precision);
  return isSameDay(ms, nowMs, zone) ? clock : `${formatDay(ms, zone, nowMs)} ${clock}`;
}

/** Which day a moment is on, in a word where there is one: `today`, `yesterday`, `12 Nov`. */
export function formatRelativeDay(ms: number, zone: string, nowMs: number): string {
  if (isSameDay(ms, nowMs, zone)) return "today";
  const wall = readWallTime(nowMs, zone);
  const yesterday = Date.UTC(wall.year, wall.month - 1, wall.day - 1, 12) - zoneOffsetMinutes(nowMs, zone) * 60_000;
  return isSameDay(ms, yesterday, zone) ? "yesterday" : formatDay(ms, zone, nowMs);
}

/** Whether two instants fall on one calendar day of a zone. */
export function isSameDay(aMs: number, bMs: number, zone: string): boolean {
  const a = readWallTime(aMs, zone);
  const b = readWallTime(bMs, zone);
  return a.day === b.day && a.month === b.month && a.year === b.year;
}

/** What a zone is called in a few letters: `UTC`, `Berlin`, `New York`. */
export function formatZone(zone: string): string {
  if (zone === "UTC" || zone === "Etc/UTC" || zone === "Etc/GMT") return "UTC";
  return cityOfZone(zone).replaceAll("_", " ");
}

/** The offset of a zone at an instant: `UTC`, `UTC+1`, `UTC+5:30`, `UTC−3`. */
export function formatOffset(ms: number, zone: string): string {
  const minutes = zoneOffsetMinutes(ms, zone);
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? "" : `:${two(size % 60)}`;
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${rest}`;
}

/** An instant for `datetime` attributes and copying: RFC 3339 in UTC. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}
