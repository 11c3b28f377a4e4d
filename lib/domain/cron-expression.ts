import { LastgoodError } from "./errors.ts";

/** The five fields in their order, as people call them. */
export const CRON_FIELDS = ["minute", "hour", "day of month", "month", "day of week"] as const;
export type CronField = (typeof CRON_FIELDS)[number];

/** One field as it was understood: which values it names, ascending, and how it was written. */
export type CronValues = {
  values: readonly number[];
  /** Whether it is `*` or `?`: every value there is. */
  isAny: boolean;
  /** Whether it begins with a star, as `*` and steps through everything do: see `isCronDay`. */
  isStarred: boolean;
};

/** Five-field cron. Days of the week count from 0, Sunday; `lastDay` is the `L` among the days of the month. */
export type CronExpression = {
  minute: CronValues;
  hour: CronValues;
  dayOfMonth: CronValues & { lastDay: boolean };
  month: CronValues;
  dayOfWeek: CronValues;
};

const MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MOST_CHARACTERS = 200;

type Bounds = { field: CronField; least: number; most: number; names: readonly string[] };
const BOUNDS: Readonly<Record<CronField, Bounds>> = {
  minute: { field: "minute", least: 0, most: 59, names: [] },
  hour: { field: "hour", least: 0, most: 23, names: [] },
  "day of month": { field: "day of month", least: 1, most: 31, names: [] },
  month: { field: "month", least: 1, most: 12, names: MONTH_NAMES },
  /** 7 is Sunday as well. */
  "day of week": { field: "day of week", least: 0, most: 7, names: DAY_NAMES },
};

/**
 * Reads five-field cron as crontab(5) has it: numbers, names of months and days, ranges, lists, steps over `*` or a range,
 * `?` as `*` in the fields of days, and `L` for the last day of a month. Throws `invalid_input` that names the field
 * (`details.cronField`); seconds, years, nicknames like `@daily`, `W` and `#` are refused.
 */
export function parseCron(text: string): CronExpression {
  const trimmed = text.trim();
  if (trimmed.startsWith("@")) {
    throw refused(
      null,
      "Nicknames like @daily are not understood.",
      "Write five fields: 30 2 * * * is 02:30 every day.",
    );
  }
  const parts = trimmed === "" ? [] : trimmed.split(/\s+/);
  if (parts.length !== 5 || trimmed.length > MOST_CHARACTERS) {
    throw refused(
      null,
      trimmed.length > MOST_CHARACTERS
        ? `A schedule has at most ${MOST_CHARACTERS} characters.`
        : `A schedule has five fields, not ${parts.length === 0 ? "none" : parts.length}.`,
      "They are minute, hour, day of month, month and day of week; there are no seconds and no years.",
    );
  }
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = parts;
  const lastDay = dayOfMonth.split(",").some((part) => part.toLowerCase() === "l");
  const days = dayOfMonth.split(",").filter((part) => part.toLowerCase() !== "l");
  const expression: CronExpression = {
    minute: parseCronField("minute", minute),
    hour: parseCronField("hour", hour),
    dayOfMonth: {
      ...(days.length === 0
        ? { values: [], isAny: false, isStarred: false }
        : parseCronField("day of month", days.join(","))),
      lastDay,
    },
    month: parseCronField("month", month),
    dayOfWeek: parseCronField("day of week", dayOfWeek),
  };
  requirePossible(expression);
  return expression;
}

/** One field alone; see `parseCron`. `L` is understood by `parseCron` only. */
export function parseCronField(field: CronField, text: string): CronValues {
  const bounds = BOUNDS[field];
  const isDays = field === "day of month" || field === "day of week";
  if (text === "*" || (text === "?" && isDays)) return { values: allOf(bounds), isAny: true, isStarred: true };
  const values = new Set<number>();
  for (const part of text.split(",")) for (const value of readPart(bounds, part)) values.add(value);
  const ascending = [...values].sort((a, b) => a - b);
  return { values: ascending, isAny: false, isStarred: text.startsWith("*") };
}

function allOf({ field, least, most }: Bounds): number[] {
  const last = field === "day of week" ? 6 : most;
  return Array.from({ length: last - least + 1 }, (_, index) => least + index);
}

/** One element of a list: a value, a range, or either of `*` and a range with a step. */
function readPart(bounds: Bounds, part: string): number[] {
  const { field, least, most } = bounds;
  const [range = "", stepText, ...more] = part.split("/");
  if (part === "" || more.length > 0) {
    throw refused(
      field,
      part === "" ? "something is missing between the commas." : `${part.slice(0, 24)} has two steps.`,
      hintOf(bounds),
    );
  }
  const ends = range.split("-");
  if (ends.length > 2) throw refused(field, `${range.slice(0, 24)} is no range.`, hintOf(bounds));
  if (stepText !== undefined && range !== "*" && ends.length === 1) {
    throw refused(field, `${part} has a step but no range.`, `Write ${range}-${most}/${stepText}, or */${stepText}.`);
  }
  const step = stepText === undefined ? 1 : readStep(bounds, stepText);
  let from = least;
  let to = field === "day of week" ? 6 : most;
  if (range !== "*") {
    from = readValue(bounds, ends[0] ?? "");
    const isRange = ends[1] !== undefined;
    to = isRange ? readValue(bounds, ends[1] ?? "") : from;
    // A week that ends on Sunday: Sunday is the 7th day there.
    if (field === "day of week" && isRange && to === 0 && from > 0) to = 7;
    if (to < from) {
      throw refused(
        field,
        `${range} begins after it ends.`,
        `Write it as a list: ${ends[0]}-${most},${least}-${ends[1]}.`,
      );
    }
  }
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(field === "day of week" ? value % 7 : value);
  return values;
}

function readStep(bounds: Bounds, text: string): number {
  const step = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (step >= 1 && step <= bounds.most) return step;
  throw refused(
    bounds.field,
    `${text === "" ? "nothing" : text.slice(0, 24)} is no step.`,
    `A step is 1 to ${bounds.most}.`,
  );
}

function readValue(bounds: Bounds, text: string): number {
  const { field, least, most, names } = bounds;
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + least;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refused(field, text === "" ? "something is missing." : `${text.slice(0, 24)} does not exist.`, hintOf(bounds));
}

function hintOf({ field, least, most, names }: Bounds): string {
  const named = names.length > 0 ? `, or a name like ${names[1]?.toUpperCase()}` : "";
  const last = field === "day of month" ? ", or L for the last day" : "";
  return `The ${field} is ${least} to ${most}${named}${last}; * is every one, 1,3 a list, 1-5 a range, */2 every second one.`;
}

/** Days that no month has: 31 April, 30 February. */
function requirePossible({ dayOfMonth, month, dayOfWeek }: CronExpression): void {
  const isEither = !dayOfMonth.isStarred && !dayOfWeek.isStarred;
  if (isEither || dayOfMonth.lastDay) return;
  const longest = Math.max(...month.values.map((one) => new Date(Date.UTC(2024, one, 0)).getUTCDate()));
  if (dayOfMonth.values.some((day) => day <= longest)) return;
  throw refused("day of month", `no month that is named has a day ${dayOfMonth.values[0]}.`, "It would never run.");
}

/**
 * Whether a calendar day is one of the expression's, as crontab(5) says: where the day of the month and the day of the week are
 * both restricted, either is enough; where one of them begins with a star, both must fit.
 * @param month from 1
 */
export function isCronDay(expression: CronExpression, year: number, month: number, day: number): boolean {
  const { dayOfMonth, dayOfWeek } = expression;
  if (!expression.month.values.includes(month)) return false;
  const isLast = dayOfMonth.lastDay && new Date(Date.UTC(year, month, 0)).getUTCDate() === day;
  const fitsMonth = isLast || dayOfMonth.values.includes(day);
  const fitsWeek = dayOfWeek.values.includes(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
  return dayOfMonth.isStarred || dayOfWeek.isStarred ? fitsMonth && fitsWeek : fitsMonth || fitsWeek;
}

function refused(cronField: CronField | null, cause: string, hint: string): LastgoodError {
  const named = cronField === null ? cause : `${cronField.charAt(0).toUpperCase()}${cronField.slice(1)}: ${cause}`;
  return new LastgoodError("invalid_input", named, { field: "cron", ...(cronField !== null && { cronField }), hint });
}
