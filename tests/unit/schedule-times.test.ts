import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CronField, parseCron } from "../../lib/domain/cron-expression.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { dailyTimeOf, delayOf, scheduleDraftSchema } from "../../lib/domain/schedule.ts";
import { nextRuns, runsBetween } from "../../lib/domain/schedule-times.ts";
import { clockNoteWords, describeInUtc, describeSchedule } from "../../lib/domain/schedule-words.ts";

const at = (instant: string) => Date.parse(instant);
const NOW = at("2026-11-20T14:32:05Z");
const runs = (cron: string, zone: string, afterMs: number, count: number) =>
  nextRuns(parseCron(cron), zone, afterMs, count).map((ms) => new Date(ms).toISOString().slice(0, 16));

function refusalOf(cron: string): LastgoodError {
  try {
    parseCron(cron);
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error(`${cron} was not refused`);
}

describe("a schedule that cannot be understood", () => {
  test.each<[string, CronField, RegExp]>([
    ["60 * * * *", "minute", /60 does not exist/],
    ["-1 * * * *", "minute", /something is missing/],
    ["1,,2 * * * *", "minute", /between the commas/],
    ["*/0 * * * *", "minute", /no step/],
    ["*/5/5 * * * *", "minute", /two steps/],
    ["5/15 * * * *", "minute", /step but no range/],
    ["? * * * *", "minute", /does not exist/],
    ["0 24 * * *", "hour", /24 does not exist/],
    ["0 22-2 * * *", "hour", /begins after it ends/],
    ["0 1.5 * * *", "hour", /1\.5 does not exist/],
    ["0 0 0 * *", "day of month", /0 does not exist/],
    ["0 0 1W * *", "day of month", /1W does not exist/],
    ["0 0 31 4,6 *", "day of month", /has a day 31/],
    ["0 0 * foo *", "month", /foo does not exist/],
    ["0 0 * 13 *", "month", /13 does not exist/],
    ["0 0 * * 8", "day of week", /8 does not exist/],
    ["0 0 * * MON#2", "day of week", /MON#2 does not exist/],
    ["0 0 * * 5L", "day of week", /5L does not exist/],
  ])("%s names the %s", (cron, field, cause) => {
    const { code, message, details } = refusalOf(cron);
    expect({ code, cronField: details.cronField, field: details.field }).toEqual({
      code: "invalid_input",
      cronField: field,
      field: "cron",
    });
    expect(message.toLowerCase()).toContain(field);
    expect(message).toMatch(cause);
    expect(details.hint).toBeTruthy();
  });

  test.each([
    ["", "not none"],
    ["* * * *", "not 4"],
    ["0 * * * * *", "not 6"],
    ["@daily", "Nicknames"],
    [`${"1,".repeat(120)}2 * * * *`, "at most 200 characters"],
  ])("%j says what is wrong with the whole of it", (cron, cause) => {
    expect(refusalOf(cron).message).toContain(cause);
  });

  test("is refused with any text whatever, or runs at moments that its own fields name", () => {
    const anything = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789*/,-?L MONjan") }));
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseCron(text);
        } catch (error) {
          expect(error).toBeInstanceOf(LastgoodError);
          return;
        }
        const [minute, hour] = text.trim().split(/\s+/);
        expect([minute, hour].every((part) => part !== undefined && part !== "")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the runs of a schedule", () => {
  const field = (least: number, most: number) => {
    const value = fc.integer({ min: least, max: most });
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const step = fc.integer({ min: 1, max: Math.min(20, most) });
    return fc.oneof(
      { weight: 3, arbitrary: fc.constant("*") },
      value.map(String),
      fc.array(fc.oneof(value.map(String), range), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(",")),
      fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
      step.map((by) => `*/${by}`),
    );
  };

  test("are those that croner finds, for any expression, where no clock is changed", () => {
    const months = field(1, 12);
    const any = fc.tuple(field(0, 59), field(0, 23), field(1, 28), months, field(0, 6));
    const from = fc.integer({ min: at("2024-01-01T00:00:00Z"), max: at("2032-01-01T00:00:00Z") });
    fc.assert(
      fc.property(any, from, fc.constantFrom("UTC", "Asia/Kathmandu"), (parts, fromMs, zone) => {
        // What a step over everything means beside another restricted day differs; see the test of days below.
        fc.pre(!(parts[2].startsWith("*/") || parts[4].startsWith("*/")));
        const cron = parts.join(" ");
        const theirs = new Cron(cron, { timezone: zone, paused: true }).nextRuns(4, new Date(fromMs));
        expect(
          nextRuns(parseCron(cron), zone, fromMs, 4).map((ms) => new Date(ms).toISOString()),
          `${cron} after ${fromMs} in ${zone}`,
        ).toEqual(theirs.map((date) => date.toISOString()));
      }),
      { numRuns: 300 },
    );
  });

  test("come on either day where both are restricted, and on both where one begins with a star", () => {
    expect(runs("0 3 1 * SUN", "UTC", at("2026-11-20T00:00:00Z"), 3)).toEqual([
      "2026-11-22T03:00",
      "2026-11-29T03:00",
      "2026-12-01T03:00",
    ]);
    expect(runs("0 3 */2 * MON", "UTC", at("2026-11-20T00:00:00Z"), 2)).toEqual([
      "2026-11-23T03:00",
      "2026-12-07T03:00",
    ]);
  });

  test("know names, the last day of a month, leap days, 7 as Sunday and a week that ends on it", () => {
    expect(runs("0 3 L * ?", "UTC", at("2028-01-31T04:00:00Z"), 2)).toEqual(["2028-02-29T03:00", "2028-03-31T03:00"]);
    expect(runs("0 0 29 feb *", "UTC", at("2096-03-01T00:00:00Z"), 1)).toEqual(["2104-02-29T00:00"]);
    expect(runs("0 0 * * 7", "UTC", NOW, 1)).toEqual(runs("0 0 * * sun", "UTC", NOW, 1));
    expect(parseCron("0 0 * * Fri-Sun").dayOfWeek.values).toEqual([0, 5, 6]);
  });

  test.each([
    ["30 2 * * *", "Europe/Berlin", "2026-03-28", ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]],
    ["*/30 2-3 * * *", "Europe/Berlin", "2026-03-29", ["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-30T00:00"]],
    ["15 2 * * *", "Australia/Lord_Howe", "2026-10-03", ["2026-10-03T15:30", "2026-10-04T15:15", "2026-10-05T15:15"]],
    ["0 12 * * *", "Pacific/Apia", "2011-12-29", ["2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"]],
  ])("%s in %s from %s: a time that does not exist runs at the first moment after", (cron, zone, day, expected) => {
    expect(runs(cron, zone, at(`${day}T00:00:00Z`), 3)).toEqual(expected);
  });

  test.each([
    ["30 2 * * *", "Europe/Berlin", "2026-10-24", ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]],
    ["0 1 * * *", "America/New_York", "2026-10-31T06", ["2026-11-01T05:00", "2026-11-02T06:00"]],
    ["45 1 * * *", "Australia/Lord_Howe", "2026-04-03", ["2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"]],
  ])("%s in %s from %s: a time that comes twice runs the first time", (cron, zone, day, expected) => {
    const from = at(day.length > 10 ? `${day}:00:00Z` : `${day}T00:00:00Z`);
    expect(runs(cron, zone, from, expected.length)).toEqual(expected);
  });

  test("are the same, none twice and none left out, however the time is cut into pieces", () => {
    const anyZone = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca");
    const cuts = fc.array(fc.integer({ min: 1, max: 400 * 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        anyZone,
        cuts,
        fc.constantFrom("*/20 * * * *", "30 2 * * *", "7 1-3 * * SUN"),
        (zone, minutes, cron) => {
          const expression = parseCron(cron);
          const fromMs = at("2026-10-20T00:00:00Z");
          const edges = [fromMs];
          for (const one of minutes) edges.push((edges.at(-1) ?? fromMs) + one * 60_000);
          const toMs = edges.at(-1) ?? fromMs;
          const pieces = edges
            .slice(1)
            .flatMap((upToMs, index) => runsBetween(expression, zone, { afterMs: edges[index] ?? fromMs, upToMs }));
          expect(pieces).toEqual(runsBetween(expression, zone, { afterMs: fromMs, upToMs: toMs }));
          expect(new Set(pieces).size).toBe(pieces.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("in words", () => {
  test.each([
    ["30 2 * * *", "Europe/Berlin", "At 02:30 every day, in Berlin."],
    ["0 * * * *", "UTC", "Every hour, on the hour, UTC."],
    ["20 * * * 1-5", "UTC", "Every hour, at minute 20 on weekdays, UTC."],
    ["*/15 * * * *", "America/New_York", "Every 15 minutes, in New York."],
    ["0 */6 * * *", "Asia/Kathmandu", "At 00:00, 06:00, 12:00 and 18:00 every day, in Kathmandu."],
    ["0 3 1,15,L * ?", "Pacific/Apia", "At 03:00 on the 1st, 15th and last day of the month, in Apia."],
    ["0 3 * * 6,0", "UTC", "At 03:00 on Saturdays and Sundays, UTC."],
    ["0 3 * 1 1,4", "UTC", "At 03:00 on Mondays and Thursdays in January, UTC."],
    ["0 3 2 * SUN", "UTC", "At 03:00 on the 2nd of the month, and on Sundays, UTC."],
    ["0 3 */2 * MON", "UTC", "At 03:00 on every 2nd day from the 1st of the month, if that is a Monday, UTC."],
    ["5,35 9-17 * * *", "UTC", "At minutes 05 and 35 of each hour from 09 to 17 every day, UTC."],
    ["0 8-20 11-13 * *", "UTC", "At the beginning of each hour from 08 to 20 on the 11th to 13th of the month, UTC."],
  ])("%s in %s is: %s", (cron, zone, words) => {
    expect(describeSchedule(parseCron(cron), zone)).toBe(words);
  });

  test.each([
    ["30 2 * * *", "Europe/Berlin", "01:30 UTC until 28 March 2027, then 00:30 UTC."],
    ["30 2 * * *", "Asia/Kathmandu", "20:45 UTC the day before, all year."],
    ["0 22 * * *", "America/New_York", "03:00 UTC the day after until 14 March 2027, then 02:00 UTC the day after."],
    ["0 * * * *", "Europe/Berlin", "1 h ahead of UTC until 28 March 2027, then 2 h ahead of UTC."],
    ["0 3 * * *", "UTC", null],
  ])("%s in %s means by UTC: %s", (cron, zone, words) => {
    expect(describeInUtc(parseCron(cron), zone, NOW)).toBe(words);
  });

  test("tell what the changes of the clocks of the next year do to it", () => {
    const notes = (cron: string, zone: string) => clockNoteWords(parseCron(cron), zone, NOW);
    expect(notes("30 2 * * *", "Europe/Berlin")).toEqual([
      "28 Mar 2027: Berlin has no 02:30. That run starts at 03:00.",
      "31 Oct 2027: 02:30 comes twice in Berlin. It runs once, the first time.",
    ]);
    expect(notes("*/20 * * * *", "Europe/Berlin")[0]).toBe(
      "28 Mar 2027: Berlin has no 02:00 to 02:40. Those runs are one, at 03:00.",
    );
    expect(notes("0 2 * * *", "Australia/Lord_Howe")).toEqual([
      "3 Oct 2027: Lord Howe has no 02:00. That run starts at 02:30.",
    ]);
    expect([
      notes("30 4 * * *", "Europe/Berlin"),
      notes("30 2 * * *", "UTC"),
      notes("30 2 * * 1", "Europe/Berlin"),
    ]).toEqual([[], [], []]);
  });
});

test("a schedule's delay is the same each time, within its bound, and spreads schedules over it", () => {
  const ids = Array.from({ length: 500 }, (_, index) => `schedule-${index}`);
  const delays = ids.map((id) => delayOf(id, 600));
  expect(delays).toEqual(ids.map((id) => delayOf(id, 600)));
  expect(Math.max(...delays)).toBeLessThanOrEqual(600_000);
  expect(new Set(delays).size).toBeGreaterThan(250);
  expect(ids.map((id) => delayOf(id, 0))).toEqual(ids.map(() => 0));
});

test("a draft is read with its spaces put right, and refused by the field that is wrong", () => {
  const draft = {
    name: " Nightly ",
    kind: "physical",
    cron: " 30  2 * * * ",
    zone: "Europe/Berlin",
    active: true,
    retentionDays: 30,
    keepAtMost: null,
    jitterSeconds: 0,
  };
  expect(scheduleDraftSchema.parse(draft)).toMatchObject({ name: "Nightly", cron: "30 2 * * *" });
  const wrong = (over: object) =>
    scheduleDraftSchema.safeParse({ ...draft, ...over }).error?.issues.map(({ path }) => path.join("."));
  expect(wrong({ cron: "61 * * * *" })).toEqual(["cron"]);
  expect(wrong({ zone: "Mars/Olympus" })).toEqual(["zone"]);
  expect(wrong({ retentionDays: 366 })).toEqual(["retentionDays"]);
  expect(wrong({ retentionDays: 0 })).toEqual(["retentionDays"]);
  expect(wrong({ kind: "drill" })).toEqual(["kind"]);
});

test("the daily one is known by its time, any other by none", () => {
  expect(dailyTimeOf("30 2 * * *", "UTC")).toEqual({ hour: 2, minute: 30 });
  expect([dailyTimeOf("30 2 * * *", "Europe/Berlin"), dailyTimeOf("30 2 * * 1", "UTC")]).toEqual([null, null]);
});
