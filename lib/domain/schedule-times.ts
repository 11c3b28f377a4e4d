import { type CronExpression, isCronDay } from "./cron-expression.ts";
import { findInstants, readWallTime, type WallInstants, type WallTime, zoneOffsetMinutes } from "./zoned-time.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Longer than the 29th of February ever stays away together with a day of the week. */
const FURTHEST_DAYS = 366 * 41;

/** One time on the clock at which a schedule runs, and what it means in its zone. */
export type ScheduledTime = { wall: WallTime; instants: WallInstants; runsAtMs: number };

/**
 * The times of a schedule from the day of `fromMs` on, in the order of the clock, a time that the clocks skipped included: it
 * runs at the first moment after the leap, and one that comes twice runs the first time. Nothing else is told apart here, so
 * two times may run at the same moment.
 */
function* timesFrom(cron: CronExpression, zone: string, fromMs: number): Generator<ScheduledTime> {
  const start = readWallTime(fromMs, zone);
  for (let ahead = 0; ahead < FURTHEST_DAYS; ahead++) {
    const date = new Date(Date.UTC(start.year, start.month - 1, start.day + ahead));
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (!isCronDay(cron, year, month, day)) continue;
    const steadyOffset = offsetOfQuietDay(date.getTime(), zone);
    for (const hour of cron.hour.values) {
      for (const minute of cron.minute.values) {
        const wall = { year, month, day, hour, minute, second: 0, millisecond: 0 };
        const instants: WallInstants =
          steadyOffset === null
            ? findInstants(wall, zone)
            : { kind: "exact", ms: Date.UTC(year, month - 1, day, hour, minute) - steadyOffset * MINUTE_MS };
        yield { wall, instants, runsAtMs: runTimeOf(instants) };
      }
    }
  }
}

/** The zone's offset on a day around which no clock is changed, minutes; null where one may be. */
function offsetOfQuietDay(midnightUtcMs: number, zone: string): number | null {
  const offset = zoneOffsetMinutes(midnightUtcMs, zone);
  const isQuiet = [-1, 1, 2].every((days) => zoneOffsetMinutes(midnightUtcMs + days * DAY_MS, zone) === offset);
  return isQuiet ? offset : null;
}

/** An hour that does not exist runs at the first moment after it, one that comes twice runs the first time. */
function runTimeOf(instants: WallInstants): number {
  if (instants.kind === "exact") return instants.ms;
  return instants.kind === "skipped" ? instants.afterMs : instants.firstMs;
}

/**
 * The instants at which a schedule runs in (afterMs, upToMs], ascending, each once. Unix milliseconds.
 * @param limit how many at most
 */
export function runsBetween(
  cron: CronExpression,
  zone: string,
  { afterMs, upToMs, limit = Number.POSITIVE_INFINITY }: { afterMs: number; upToMs: number; limit?: number },
): number[] {
  const runs: number[] = [];
  let last = afterMs;
  // Two days earlier: what a whole skipped day would have run comes at the beginning of the next one.
  for (const { wall, runsAtMs } of timesFrom(cron, zone, afterMs - 2 * DAY_MS)) {
    if (runs.length >= limit || asUtcMs(wall) > upToMs + 2 * DAY_MS) break;
    if (runsAtMs > upToMs) break;
    if (runsAtMs <= last) continue;
    runs.push(runsAtMs);
    last = runsAtMs;
  }
  return runs;
}

const asUtcMs = ({ year, month, day, hour, minute }: WallTime) => Date.UTC(year, month - 1, day, hour, minute);

/** The next runs after an instant, at most `count`; fewer where none comes any more. Unix milliseconds. */
export function nextRuns(cron: CronExpression, zone: string, afterMs: number, count: number): number[] {
  return runsBetween(cron, zone, { afterMs, upToMs: Number.MAX_SAFE_INTEGER, limit: count });
}

/** What the changing of the clocks does to a schedule: the times of one day that are skipped, or that come twice. */
export type ClockNote = { kind: "skipped" | "repeated"; times: readonly WallTime[]; runsAtMs: number };

/** What changes of the clocks do to a schedule within the `days` after `nowMs`, the next ones first. */
export function findClockNotes(cron: CronExpression, zone: string, nowMs: number, days = 370): ClockNote[] {
  const notes: ClockNote[] = [];
  for (const changeMs of findChanges(zone, nowMs, days)) {
    const around = [...timesAround(cron, zone, changeMs)].filter(({ runsAtMs }) => runsAtMs > nowMs);
    for (const kind of ["skipped", "repeated"] as const) {
      const times = around.filter(({ instants }) => instants.kind === kind);
      const [first] = times;
      if (first) notes.push({ kind, times: times.map(({ wall }) => wall), runsAtMs: first.runsAtMs });
    }
  }
  return notes;
}

function* timesAround(cron: CronExpression, zone: string, changeMs: number): Generator<ScheduledTime> {
  for (const time of timesFrom(cron, zone, changeMs - DAY_MS)) {
    if (asUtcMs(time.wall) > changeMs + 2 * DAY_MS) return;
    if (Math.abs(time.runsAtMs - changeMs) <= DAY_MS) yield time;
  }
}

/** The instants within the `days` after `nowMs` at which the zone's offset changes, to the minute, ascending. */
export function findChanges(zone: string, nowMs: number, days: number): number[] {
  const changes: number[] = [];
  let offset = zoneOffsetMinutes(nowMs, zone);
  for (let day = 1; day <= days; day++) {
    const atMs = nowMs + day * DAY_MS;
    const next = zoneOffsetMinutes(atMs, zone);
    if (next === offset) continue;
    let [low, high] = [atMs - DAY_MS, atMs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zoneOffsetMinutes(middle, zone) === offset) low = middle;
      else high = middle;
    }
    changes.push(high);
    offset = next;
  }
  return changes;
}
