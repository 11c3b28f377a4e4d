/*
 * When schedules are due, by rules of daylight saving that are written down here by hand: neither the time zones of the runtime nor
 * anything of the scheduler is asked. Times are Unix milliseconds.
 */
const MINUTE = 60_000;
const DAY_MINUTES = 1440;

type Offset = { fromMs: number; minutes: number };

/** The nth Sunday of a month, 0 the last one, as the day's midnight by UTC. @param month from 1 */
function sunday(year: number, month: number, nth: number): number {
  const of = (day: number) => Date.UTC(year, month - 1, day);
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const sundays = Array.from({ length }, (_, index) => index + 1).filter((day) => new Date(of(day)).getUTCDay() === 0);
  return of((nth === 0 ? sundays.at(-1) : sundays[nth - 1]) ?? 1);
}

/** Summer time of one year: when it begins and ends, UTC, with the offsets it changes to. */
const RULES: Readonly<Record<string, (year: number) => Offset[]>> = {
  // The last Sundays of March and October, 01:00 UTC.
  "Europe/Berlin": (year) => [
    { fromMs: sunday(year, 3, 0) + 60 * MINUTE, minutes: 120 },
    { fromMs: sunday(year, 10, 0) + 60 * MINUTE, minutes: 60 },
  ],
  // The second Sunday of March and the first of November, 02:00 of its own clock.
  "America/New_York": (year) => [
    { fromMs: sunday(year, 3, 2) + 7 * 60 * MINUTE, minutes: -240 },
    { fromMs: sunday(year, 11, 1) + 6 * 60 * MINUTE, minutes: -300 },
  ],
  // Half an hour only, the first Sundays of April and October, 02:00 of its own clock.
  "Australia/Lord_Howe": (year) => [
    { fromMs: sunday(year, 4, 1) - 9 * 60 * MINUTE, minutes: 630 },
    { fromMs: sunday(year, 10, 1) - 8.5 * 60 * MINUTE, minutes: 660 },
  ],
  "Asia/Kathmandu": () => [{ fromMs: 0, minutes: 345 }],
};

/** When something that runs at some minutes of each day is due in (fromMs, toMs], ascending. */
export function dueByHand(zone: string, minutesOfDay: readonly number[], fromMs: number, toMs: number): number[] {
  const rule = RULES[zone];
  if (!rule) throw new Error(`no rule for ${zone}`);
  const firstYear = new Date(fromMs).getUTCFullYear() - 1;
  const years = Array.from(
    { length: new Date(toMs).getUTCFullYear() - firstYear + 1 },
    (_, index) => firstYear + index,
  );
  const offsets = years.flatMap(rule).sort((a, b) => a.fromMs - b.fromMs);
  const wanted = new Set(minutesOfDay);
  const isWanted = (wall: number) => wanted.has(((wall % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES);
  const due: number[] = [];
  let index = 0;
  let lastWall = Number.NEGATIVE_INFINITY;
  for (let minute = Math.floor(fromMs / MINUTE) - 2 * DAY_MINUTES; minute * MINUTE <= toMs; minute++) {
    const ms = minute * MINUTE;
    while ((offsets[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) <= ms) index++;
    const wall = minute + (offsets[index]?.minutes ?? 0);
    // Minutes that the clock did not show since the last one run now, all at once; those it shows again do not.
    let runs = false;
    const first = lastWall === Number.NEGATIVE_INFINITY ? wall : lastWall + 1;
    for (let shown = first; shown <= wall; shown++) runs ||= isWanted(shown);
    lastWall = Math.max(lastWall, wall);
    if (runs && ms > fromMs && ms <= toMs) due.push(ms);
  }
  return due;
}
