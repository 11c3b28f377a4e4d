import type { CronExpression, CronValues } from "./cron-expression.ts";
import { type ClockNote, findChanges, findClockNotes, nextRuns } from "./schedule-times.ts";
import { cityOfZone, readWallTime, type WallTime, zoneOffsetMinutes } from "./zoned-time.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/** More times a day than this are told by their rule and not one by one. */
const MOST_TIMES_TOLD = 6;
const DAY_MS = 86_400_000;

const two = (value: number) => String(value).padStart(2, "0");
const clockOf = (hour: number, minute: number) => `${two(hour)}:${two(minute)}`;

/** What a zone is called in a sentence: `UTC`, `Berlin`, `New York`. */
export function zoneWords(zone: string): string {
  return ["UTC", "Etc/UTC", "Etc/GMT", "GMT"].includes(zone) ? "UTC" : cityOfZone(zone).replaceAll("_", " ");
}

/** `a`, `a and b`, `a, b and c`. */
function join(parts: readonly string[], last = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

function ordinal(value: number): string {
  const ending = value % 100 >= 11 && value % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${value}${ending}`;
}

/** `At 02:30 every day, in Berlin.` */
export function describeSchedule(cron: CronExpression, zone: string): string {
  const [time, day] = [timeWords(cron), dayWords(cron)];
  const when = day === "every day" && time.startsWith("Every") ? time : `${time} ${day}`;
  return `${when}, ${zoneWords(zone) === "UTC" ? "UTC" : `in ${zoneWords(zone)}`}.`;
}

function timeWords({ minute, hour }: CronExpression): string {
  const count = minute.values.length * hour.values.length;
  if (count <= MOST_TIMES_TOLD) {
    return `At ${join(hour.values.flatMap((h) => minute.values.map((m) => clockOf(h, m))))}`;
  }
  const step = stepOf(minute.values, 60);
  const often =
    minute.values.length === 60 ? "Every minute" : step !== null ? `Every ${step} minutes` : minutesPast(minute.values);
  if (hour.values.length === 24) return minute.values.length === 1 ? hourly(minute.values[0] ?? 0) : often;
  return `${minute.values.length === 1 ? minutesPast(minute.values) : often} of ${hourWords(hour)}`;
}

const hourly = (minute: number) => (minute === 0 ? "Every hour, on the hour" : `Every hour, at minute ${two(minute)}`);

function minutesPast(minutes: readonly number[]): string {
  if (minutes.length === 1 && minutes[0] === 0) return "At the beginning";
  return `At minute${minutes.length === 1 ? "" : "s"} ${join(minutes.map(two))}`;
}

/** `every hour from 09 to 17`, or the hours one by one. */
function hourWords({ values }: CronValues): string {
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  if (values.length > 2 && last - first === values.length - 1) return `each hour from ${two(first)} to ${two(last)}`;
  return `the hour${values.length === 1 ? "" : "s"} ${join(values.map(two))}`;
}

/** The number of units between values that go evenly through the whole of a cycle; null where they do not. */
function stepOf(values: readonly number[], cycle: number): number | null {
  const [first, second] = values;
  if (first !== 0 || second === undefined || second * values.length !== cycle) return null;
  return values.every((value, index) => value === index * second) ? second : null;
}

function dayWords({ dayOfMonth, dayOfWeek, month }: CronExpression): string {
  const inMonths = month.values.length === 12 ? "" : ` in ${join(month.values.map((one) => MONTHS[one - 1] ?? ""))}`;
  const ofMonth = inMonths === "" ? " of the month" : inMonths;
  const anyOfMonth = dayOfMonth.values.length === 31;
  const anyOfWeek = dayOfWeek.values.length === 7;
  if (anyOfMonth && anyOfWeek) return `every day${inMonths}`;
  const days = monthDayWords(dayOfMonth);
  const numbered = `on ${days.startsWith("every") ? "" : "the "}${days}${ofMonth}`;
  if (anyOfWeek) return numbered;
  const named = weekdayWords(dayOfWeek.values);
  if (anyOfMonth) return `${named}${inMonths}`;
  if (dayOfMonth.isStarred || dayOfWeek.isStarred) return `${numbered}, if that is ${dayNames(dayOfWeek.values, "or")}`;
  return `${numbered}, and ${named}${inMonths}`;
}

function monthDayWords({ values, lastDay }: CronExpression["dayOfMonth"]): string {
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  const isRun = values.length > 2 && last - first === values.length - 1;
  const step = (values[1] ?? 0) - first;
  if (values.length > 4 && !isRun && first === 1 && values.every((value, index) => value === 1 + index * step)) {
    return `every ${ordinal(step)} day from the 1st${lastDay ? " and the last day" : ""}`;
  }
  const days = isRun ? [`${ordinal(first)} to ${ordinal(last)}`] : values.map(ordinal);
  return join([...days, ...(lastDay ? ["last day"] : [])]);
}

function dayNames(values: readonly number[], last: string): string {
  return join(
    fromMonday(values).map((day) => `a ${DAYS[day]}`),
    last,
  );
}

function weekdayWords(values: readonly number[]): string {
  const days = fromMonday(values);
  const key = days.join("");
  if (key === "12345") return "on weekdays";
  if (key === "60") return "on Saturdays and Sundays";
  return `on ${join(days.map((day) => `${DAYS[day]}s`))}`;
}

const fromMonday = (values: readonly number[]) => [...values].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));

/**
 * What the schedule means in UTC, until and after the next change of the clocks: `01:30 UTC until 28 March 2027, then 00:30
 * UTC.` Null for a zone that is UTC.
 */
export function describeInUtc(cron: CronExpression, zone: string, nowMs: number): string | null {
  if (zoneWords(zone) === "UTC") return null;
  const [first] = nextRuns(cron, zone, nowMs, 1);
  if (first === undefined) return null;
  const change = findChanges(zone, nowMs, 370).find((atMs) => atMs > first);
  const isOneTime = cron.minute.values.length * cron.hour.values.length === 1;
  const tell = (runMs: number) => (isOneTime ? utcClock(runMs, zone) : offsetWords(runMs, zone));
  if (change === undefined) return `${tell(first)}, all year.`;
  const [after] = nextRuns(cron, zone, change, 2).slice(isOneTime ? 1 : 0);
  const then = after === undefined ? null : tell(after);
  if (then === null || then === tell(first)) return `${tell(first)}.`;
  const wall = readWallTime(change, zone);
  return `${tell(first)} until ${wall.day} ${MONTHS[wall.month - 1]} ${wall.year}, then ${then}.`;
}

function utcClock(runMs: number, zone: string): string {
  const utc = new Date(runMs);
  const local = readWallTime(runMs, zone);
  const days = Math.round(
    (Date.UTC(utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()) - dateOf(local)) / DAY_MS,
  );
  const which = days === 0 ? "" : days < 0 ? " the day before" : " the day after";
  return `${clockOf(utc.getUTCHours(), utc.getUTCMinutes())} UTC${which}`;
}

const dateOf = ({ year, month, day }: WallTime) => Date.UTC(year, month - 1, day);

function offsetWords(runMs: number, zone: string): string {
  const minutes = zoneOffsetMinutes(runMs, zone);
  if (minutes === 0) return "The same by UTC";
  const size = Math.abs(minutes);
  const length = size % 60 === 0 ? `${size / 60} h` : `${Math.floor(size / 60)} h ${size % 60} m`;
  return `${length} ${minutes > 0 ? "ahead of" : "behind"} UTC`;
}

/**
 * What changes of the clocks do to the schedule within the next year, the nearest first: `28 Mar 2027: Berlin has no 02:30. That
 * run starts at 03:00.`
 */
export function clockNoteWords(cron: CronExpression, zone: string, nowMs: number): string[] {
  return findClockNotes(cron, zone, nowMs).map((note) => noteWords(note, zone));
}

function noteWords({ kind, times, runsAtMs }: ClockNote, zone: string): string {
  const [first] = times;
  const last = times.at(-1);
  if (!first || !last) throw new Error("a change of the clocks concerns a time");
  const day = `${first.day} ${MONTHS[first.month - 1]?.slice(0, 3)} ${first.year}`;
  const one = clockOf(first.hour, first.minute);
  const range = `${one} to ${clockOf(last.hour, last.minute)}`;
  if (kind === "repeated") {
    return times.length === 1
      ? `${day}: ${one} comes twice in ${zoneWords(zone)}. It runs once, the first time.`
      : `${day}: ${range} comes twice in ${zoneWords(zone)}. What runs then runs once, the first time.`;
  }
  const wall = readWallTime(runsAtMs, zone);
  const start = clockOf(wall.hour, wall.minute);
  return times.length === 1
    ? `${day}: ${zoneWords(zone)} has no ${one}. That run starts at ${start}.`
    : `${day}: ${zoneWords(zone)} has no ${range}. Those runs are one, at ${start}.`;
}
