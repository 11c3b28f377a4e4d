import { isBookmark } from "./bookmark.ts";
import { cityOfZone, findInstants, isKnownZone, readWallTime, type WallTime } from "./zoned-time.ts";

/** What a label is known by in free text. */
export type LabelledMoment = { id: string; label: string; recoverable: boolean };

export type MomentTextContext = {
  nowMs: number;
  /** IANA name that wall times without a zone are read in. */
  zone: string;
  /** The moment chosen so far: a clock time alone keeps its day. */
  chosenMs: number;
  labels: readonly LabelledMoment[];
};

/** What a person meant by a text. Times are Unix milliseconds. */
export type ParsedMomentText =
  | { kind: "empty" }
  | { kind: "time"; atMs: number }
  | { kind: "repeated"; firstMs: number; secondMs: number; zone: string }
  | { kind: "skipped"; beforeMs: number; afterMs: number; zone: string }
  | { kind: "bookmark"; bookmark: string }
  | { kind: "label"; snapshotId: string; label: string }
  | { kind: "unreadable"; hint: string };

const UNITS_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DATE = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\s+([a-z]{3,9})(?:\s+(\d{4}))?|(today|yesterday))/i;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?/;
const OFFSET = /^(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const EXAMPLES = "Try 14:32:05 UTC, 5 minutes ago, 2026-03-29 02:30, a bookmark or a label.";

/**
 * Reads a moment from free text: a clock time, a date with or without one, `5 minutes ago`, `now`, Unix seconds or
 * milliseconds, RFC 3339, a bookmark or a label. Pure. Seconds are told from milliseconds by their ten digits, which
 * only free text may do.
 */
export function parseMomentText(text: string, context: MomentTextContext): ParsedMomentText {
  const input = text.trim().replace(/\s+/g, " ");
  if (input === "") return { kind: "empty" };
  const label = findLabel(input, context.labels);
  if (label) return label;
  const lower = input.toLowerCase();
  if (lower === "now") return { kind: "time", atMs: context.nowMs };
  if (isBookmark(lower)) return { kind: "bookmark", bookmark: lower };
  if (/^[0-9a-f]{8}-[0-9a-f-]*$/.test(lower)) {
    return {
      kind: "unreadable",
      hint: "This looks like part of a bookmark. Paste all of it: 8-8-8-32 digits, 0 to 9 and a to f.",
    };
  }
  const ago = readAgo(lower, context.nowMs);
  if (ago !== null) return { kind: "time", atMs: ago };
  if (/^\d{10}(\.\d{1,3})?$/.test(input)) return { kind: "time", atMs: Math.round(Number(input) * 1000) };
  if (/^\d{13}$/.test(input)) return { kind: "time", atMs: Number(input) };
  return readWall(input, context);
}

function findLabel(input: string, labels: readonly LabelledMoment[]): ParsedMomentText | null {
  const exact = labels.find((entry) => entry.label === input);
  const found = exact ?? labels.find((entry) => entry.label.toLowerCase() === input.toLowerCase());
  if (!found) return null;
  if (!found.recoverable) {
    return { kind: "unreadable", hint: `"${found.label}" is older than the recovery window and cannot be restored.` };
  }
  return { kind: "label", snapshotId: found.id, label: found.label };
}

/** `5 minutes ago`, `2 h 10 m ago`, `-90s`: Unix milliseconds, or null when it is none of these. */
function readAgo(lower: string, nowMs: number): number | null {
  const body = /^(?:(.+?) ago|-\s*(.+))$/.exec(lower);
  const amounts = body?.[1] ?? body?.[2];
  if (amounts === undefined) return null;
  let totalMs = 0;
  let rest = amounts.replace(/\band\b/g, " ").trim();
  while (rest !== "") {
    const match = /^(\d+(?:\.\d+)?|an?|one)\s*([a-z]+)[\s,]*/.exec(rest);
    if (!match) return null;
    const [whole, amount = "", word = ""] = match;
    const unitMs = UNITS_MS[word] ?? UNITS_MS[word.replace(/s$/, "")];
    if (unitMs === undefined) return null;
    totalMs += (/^\d/.test(amount) ? Number(amount) : 1) * unitMs;
    rest = rest.slice(whole.length);
  }
  return Math.round(nowMs - totalMs);
}

function readWall(input: string, context: MomentTextContext): ParsedMomentText {
  const unreadable = { kind: "unreadable", hint: EXAMPLES } as const;
  const dateMatch = DATE.exec(input);
  const afterDate = dateMatch ? input.slice(dateMatch[0].length).replace(/^(?:t|\s*,?\s*(?:at\s+)?)/i, "") : input;
  const clockMatch = CLOCK.exec(afterDate);
  if (!dateMatch && !clockMatch) return unreadable;
  const zoneText = (clockMatch ? afterDate.slice(clockMatch[0].length) : afterDate).trim();
  const zone = readZone(zoneText, context.zone);
  if (zone === null) return unreadable;
  const named = "iana" in zone ? zone.iana : "UTC";
  const date = readDate(dateMatch, context, named);
  const clock = readClock(clockMatch);
  if (!date || !clock) return { kind: "unreadable", hint: "There is no such date or time of day." };
  const wall: WallTime = { ...date, ...clock };
  if ("offsetMinutes" in zone) {
    return { kind: "time", atMs: toExact(wall) - zone.offsetMinutes * 60_000 };
  }
  const found = findInstants(wall, named);
  if (found.kind === "repeated") return { ...found, zone: named };
  if (found.kind === "skipped") return { ...found, zone: named };
  // A clock time alone that has not come yet today means yesterday's.
  if (!dateMatch && found.ms > context.nowMs) {
    const dayBefore = findInstants({ ...wall, day: wall.day - 1 }, named);
    if (dayBefore.kind === "exact") return { kind: "time", atMs: dayBefore.ms };
  }
  return { kind: "time", atMs: found.ms };
}

function toExact(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second, wall.millisecond);
}

type Zone = { iana: string } | { offsetMinutes: number };

function readZone(text: string, fallback: string): Zone | null {
  if (text === "") return { iana: fallback };
  if (/^(?:z|utc|gmt)$/i.test(text)) return { iana: "UTC" };
  const offset = OFFSET.exec(text);
  if (offset) {
    const [, sign, hours = "0", minutes = "0"] = offset;
    const total = Number(hours) * 60 + Number(minutes);
    return Number(hours) > 14 || Number(minutes) > 59 ? null : { offsetMinutes: sign === "-" ? -total : total };
  }
  if (text.includes("/") && isKnownZone(text)) return { iana: text };
  if (/^local$/i.test(text) || text.toLowerCase() === cityOf(fallback)) return { iana: fallback };
  const match = Intl.supportedValuesOf("timeZone").find(
    (name) => cityOf(name) === text.toLowerCase().replace(/\s+/g, "_"),
  );
  return match ? { iana: match } : null;
}

const cityOf = (zone: string) => cityOfZone(zone).toLowerCase();

type WallDate = Pick<WallTime, "year" | "month" | "day">;
type WallClock = Omit<WallTime, keyof WallDate>;

function readDate(match: RegExpExecArray | null, context: MomentTextContext, zone: string): WallDate | null {
  if (!match) return readWallTime(context.chosenMs, zone);
  const [, year, month, day, dayFirst, monthName, yearLast, word] = match;
  const today = readWallTime(context.nowMs, zone);
  if (word) {
    const shifted = new Date(Date.UTC(today.year, today.month - 1, today.day - (/^y/i.test(word) ? 1 : 0)));
    return { year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate() };
  }
  if (year) return realDate(Number(year), Number(month), Number(day));
  const index = MONTHS.indexOf((monthName ?? "").slice(0, 3).toLowerCase());
  if (index < 0) return null;
  const inThisYear = realDate(Number(yearLast ?? today.year), index + 1, Number(dayFirst));
  const isAhead = inThisYear && Date.UTC(inThisYear.year, index, inThisYear.day) > context.nowMs + 86_400_000;
  return isAhead && !yearLast ? realDate(today.year - 1, index + 1, Number(dayFirst)) : inThisYear;
}

function realDate(year: number, month: number, day: number): WallDate | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? { year, month, day } : null;
}

function readClock(match: RegExpExecArray | null): WallClock | null {
  if (!match) return { hour: 0, minute: 0, second: 0, millisecond: 0 };
  const [, hour = "0", minute = "0", second = "0", fraction = ""] = match;
  const clock = {
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(fraction.slice(0, 3).padEnd(3, "0")),
  };
  return clock.hour < 24 && clock.minute < 60 && clock.second < 60 ? clock : null;
}
