import { LastgoodError } from "./errors.ts";

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
/** The year 9999 in Unix milliseconds: beyond it a number is a mistake, microseconds most likely. */
const LATEST_MS = 253_402_300_799_999;
/** As milliseconds this is 1973, as seconds the year 5138. */
const SECONDS_BELOW = 100_000_000_000;

const HINT = "Give Unix milliseconds as a number, or RFC 3339 with an offset such as 2026-11-20T14:03:22.481Z.";

function refuse(message: string, field: string): LastgoodError {
  return new LastgoodError("invalid_moment", message, { field, hint: HINT });
}

/**
 * Reads a moment as our routes take it: a number is Unix milliseconds, a string RFC 3339 with an offset. Nothing is
 * guessed. Fractions beyond the millisecond are cut off, towards the past. Throws `invalid_moment`.
 */
export function parseTimestamp(value: number | string, field = "timestamp"): number {
  if (typeof value === "number") return checkMilliseconds(value, field);
  const match = RFC_3339.exec(value);
  if (!match) throw refuse("This is not a moment in time.", field);
  const part = (index: number) => Number(match[index] ?? "0");
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const millisecond = Number((match[7] ?? "0").padEnd(3, "0").slice(0, 3));
  const [offsetHours, offsetMinutes] = [part(10), part(11)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
    throw refuse("There is no such time of day.", field);
  }
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  const back = new Date(local);
  if (back.getUTCFullYear() !== year || back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) {
    throw refuse("There is no such day.", field);
  }
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (match[9] === "-" ? -1 : 1);
  return checkMilliseconds(local - offsetMs, field);
}

/** Reads a moment out of an address, where a number is text too: all digits are Unix milliseconds. */
export function parseTimestampText(text: string, field = "timestamp"): number {
  return parseTimestamp(/^-?\d{1,16}$/.test(text) ? Number(text) : text, field);
}

function checkMilliseconds(value: number, field: string): number {
  if (!Number.isSafeInteger(value)) throw refuse("Unix milliseconds are a whole number.", field);
  if (value < 0 || value > LATEST_MS) throw refuse("This moment is out of range.", field);
  return value;
}

/**
 * Adds to a refusal what most likely happened when somebody gave Unix seconds: read as milliseconds they lie in 1970, far
 * outside of any window. The refusal keeps its code and the nearest valid moments.
 */
export function explainSeconds(error: LastgoodError, askedMs: number): LastgoodError {
  if (error.code !== "moment_outside_window" || askedMs <= 0 || askedMs >= SECONDS_BELOW) return error;
  const hint = `This looks like Unix seconds; milliseconds are wanted: ${askedMs * 1000}.`;
  return new LastgoodError(error.code, error.message, { ...error.details, hint }, { cause: error });
}
