/** A reading of the calendar and the clock, without a zone. Months count from 1. */
export type WallTime = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
};

/**
 * Which instants a wall time means in a zone. Where clocks are put back it happens twice; where they are put forward it
 * does not happen, and the two instants are the last before and the first after the leap. Unix milliseconds.
 */
export type WallInstants =
  | { kind: "exact"; ms: number }
  | { kind: "repeated"; firstMs: number; secondMs: number }
  | { kind: "skipped"; beforeMs: number; afterMs: number };

const formats = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;

function partsFormat(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB-u-ca-gregory-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

const asUtcMs = (wall: WallTime) =>
  Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);

/** What calendar and clock show in `zone` (an IANA name) at an instant. */
export function readWallTime(ms: number, zone: string): WallTime {
  if (zone === "UTC") return readUtc(ms);
  const read: Record<string, number> = {};
  for (const { type, value } of partsFormat(zone).formatToParts(ms)) read[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = read;
  return { year, month, day, hour, minute, second, millisecond: ((ms % 1000) + 1000) % 1000 };
}

/** The same without asking for a zone's rules: most of what is written is in UTC, hundreds of times a picture. */
function readUtc(ms: number): WallTime {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

/** Minutes east of Greenwich that `zone` is at an instant; 60 for Berlin in winter. */
export function zoneOffsetMinutes(ms: number, zone: string): number {
  return Math.round((asUtcMs(readWallTime(ms, zone)) - ms) / 60_000);
}

/** The instants that a wall time means in `zone`. Fields beyond their range (hour 24, 31 April) carry over. */
export function findInstants(wall: WallTime, zone: string): WallInstants {
  const guessMs = asUtcMs(wall);
  // No zone changes its offset twice within two days, so the offsets a day around cover both sides of any change.
  const offsets = new Set([guessMs - DAY_MS, guessMs, guessMs + DAY_MS].map((ms) => zoneOffsetMinutes(ms, zone)));
  const candidates = [...offsets]
    .map((offset) => guessMs - offset * 60_000)
    .filter((ms) => asUtcMs(readWallTime(ms, zone)) === guessMs)
    .sort((a, b) => a - b);
  const [firstMs, secondMs] = candidates;
  if (firstMs !== undefined && secondMs !== undefined) return { kind: "repeated", firstMs, secondMs };
  if (firstMs !== undefined) return { kind: "exact", ms: firstMs };
  const afterMs = findOffsetChange(guessMs - DAY_MS, guessMs + DAY_MS, zone);
  return { kind: "skipped", beforeMs: afterMs - 1, afterMs };
}

/** The first instant in (fromMs, toMs] at which the zone's offset differs from the one at `fromMs`, by bisection. */
function findOffsetChange(fromMs: number, toMs: number, zone: string): number {
  const before = zoneOffsetMinutes(fromMs, zone);
  let low = fromMs;
  let high = toMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffsetMinutes(middle, zone) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Names by which some browsers still know a zone whose city has another one by now. */
const RENAMED: Readonly<Record<string, string>> = {
  Asmera: "Asmara",
  Calcutta: "Kolkata",
  Faeroe: "Faroe",
  Godthab: "Nuuk",
  Katmandu: "Kathmandu",
  Kiev: "Kyiv",
  Ponape: "Pohnpei",
  Rangoon: "Yangon",
  Saigon: "Ho_Chi_Minh",
  Truk: "Chuuk",
};

/** The city in a zone's name as it is called today, `New_York`; browsers differ in which of two names they give. */
export function cityOfZone(zone: string): string {
  const city = zone.slice(zone.lastIndexOf("/") + 1);
  return RENAMED[city] ?? city;
}

/** Whether the runtime knows the zone. */
export function isKnownZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
