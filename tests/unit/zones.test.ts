import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coverOfDay, startOfDay } from "../../components/recovery/day-coverage.ts";
import { alignedInstants, layoutAxis } from "../../components/recovery/timeline/axis-ticks.ts";
import { createTimeScale } from "../../components/recovery/timeline/time-scale.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { parseMomentText } from "../../lib/domain/parse-moment-text.ts";
import { findInstants, readWallTime, zoneOffsetMinutes } from "../../lib/domain/zoned-time.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"] as const;
const at = (instant: string) => Date.parse(instant);
const wall = (year: number, month: number, day: number, hour: number, minute: number) => ({
  year,
  month,
  day,
  hour,
  minute,
  second: 0,
  millisecond: 0,
});

/** Clocks put forward and back: the zone, a wall time within, the instants. */
const SKIPPED = [
  ["Europe/Berlin", wall(2026, 3, 29, 2, 30), "2026-03-29T01:00:00Z"],
  ["America/New_York", wall(2026, 3, 8, 2, 30), "2026-03-08T07:00:00Z"],
  ["Asia/Kathmandu", wall(1986, 1, 1, 0, 7), "1985-12-31T18:30:00Z"],
  ["Pacific/Apia", wall(2011, 12, 30, 12, 0), "2011-12-30T10:00:00Z"],
  ["Pacific/Apia", wall(2011, 12, 30, 0, 0), "2011-12-30T10:00:00Z"],
  ["Pacific/Apia", wall(2011, 12, 30, 23, 59), "2011-12-30T10:00:00Z"],
  ["Pacific/Apia", wall(2020, 9, 27, 3, 30), "2020-09-26T14:00:00Z"],
] as const;
const REPEATED = [
  ["Europe/Berlin", wall(2026, 10, 25, 2, 30), "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
  ["America/New_York", wall(2026, 11, 1, 1, 15), "2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"],
  ["Pacific/Apia", wall(2021, 4, 4, 3, 45), "2021-04-03T13:45:00Z", "2021-04-03T14:45:00Z"],
] as const;

const context = (zone: string, nowMs: number) => ({ nowMs, zone, chosenMs: nowMs, labels: [] });
const two = (value: number) => String(value).padStart(2, "0");
const write = (time: ReturnType<typeof wall>) =>
  `${time.year}-${two(time.month)}-${two(time.day)} ${two(time.hour)}:${two(time.minute)}`;

describe("a wall time that the clocks skipped", () => {
  test.each(SKIPPED)("in %s at %o names the last moment before and the first after", (zone, time, leap) => {
    const expected = { kind: "skipped", beforeMs: at(leap) - 1, afterMs: at(leap) };
    expect(findInstants(time, zone)).toEqual(expected);
    expect(parseMomentText(write(time), context(zone, at("2026-11-20T12:00:00Z")))).toEqual({ ...expected, zone });
  });
});

describe("a wall time that happened twice", () => {
  test.each(REPEATED)("in %s at %o is asked back, each with its instant", (zone, time, first, second) => {
    const expected = { kind: "repeated", firstMs: at(first), secondMs: at(second) };
    expect(findInstants(time, zone)).toEqual(expected);
    expect(parseMomentText(write(time), context(zone, at("2026-11-20T12:00:00Z")))).toEqual({ ...expected, zone });
  });

  test("is written on the axis twice, each time with its offset", () => {
    const labels = REPEATED.map(([zone, time, first, second]) => {
      const scale = createTimeScale({ fromMs: at(first) - 2 * HOUR, toMs: at(second) + 2 * HOUR }, 900);
      const hour = `${two(time.hour)}:00`;
      return layoutAxis(scale, zone, null, at("2026-11-20T12:00:00Z"))
        .ticks.map(({ label }) => label)
        .filter((label) => label.startsWith(hour));
    });
    expect(labels).toEqual([
      ["02:00 +2", "02:00 +1"],
      ["01:00 −4", "01:00 −5"],
      ["03:00 +14", "03:00 +13"],
    ]);
  });
});

describe("an instant", () => {
  const anyZone = fc.constantFrom(...ZONES);
  const anyInstant = fc.integer({ min: at("1980-01-01T00:00:00Z"), max: at("2027-01-01T00:00:00Z") });

  test("read as a wall time in any zone and taken back is itself, or one of two that the clocks showed alike", () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (ms, zone) => {
        const found = findInstants(readWallTime(ms, zone), zone);
        if (found.kind === "exact") expect(found.ms).toBe(ms);
        else if (found.kind === "repeated") expect([found.firstMs, found.secondMs]).toContain(ms);
        else expect.unreachable("a time that the clocks showed was not skipped");
      }),
      { numRuns: 400 },
    );
  });

  test("is never moved by changing the zone it is written in, on any way through the zones", () => {
    const way = fc.array(anyZone, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyInstant, way, (ms, zones) => {
        let kept = ms;
        for (const zone of zones) {
          const found = findInstants(readWallTime(kept, zone), zone);
          const offered =
            found.kind === "repeated" ? [found.firstMs, found.secondMs] : found.kind === "exact" ? [found.ms] : [];
          expect(offered).toContain(kept);
          // The pass nearer to the former choice is kept, which is the choice itself.
          kept = offered.reduce((a, b) => (Math.abs(b - kept) < Math.abs(a - kept) ? b : a));
        }
        expect(kept).toBe(ms);
      }),
      { numRuns: 200 },
    );
  });

  test("written as the text field writes it, with its date and zone, is read back to the millisecond", () => {
    const nowMs = at("2026-11-20T12:00:00Z");
    const recent = fc.integer({ min: nowMs - 360 * DAY, max: nowMs });
    fc.assert(
      fc.property(recent, anyZone, (ms, zone) => {
        const read = parseMomentText(formatMoment(ms, zone, nowMs, "millisecond"), context(zone, nowMs));
        if (read.kind === "time") expect(read.atMs).toBe(ms);
        else if (read.kind === "repeated") expect([read.firstMs, read.secondMs]).toContain(ms);
        else expect.unreachable("what the page writes it can read");
      }),
      { numRuns: 300 },
    );
  });

  test("has the offset of its zone, quarters of an hour included", () => {
    const ms = at("2026-11-20T12:00:00Z");
    expect(ZONES.map((zone) => zoneOffsetMinutes(ms, zone))).toEqual([60, -300, 345, 780]);
  });
});

describe("a day of the calendar", () => {
  const window = (fromMs: number, toMs: number) => ({
    spans: [{ fromMs, toMs }],
    gaps: [],
    suspect: [],
    damaged: [],
    oldest: null,
    newest: null,
    capturedThroughMs: toMs,
    windowDays: 30,
  });

  test("that Apia skipped cannot be chosen, and both beside it can", () => {
    const nowMs = at("2012-01-05T00:00:00Z");
    const whole = window(nowMs - 20 * DAY, nowMs);
    const cover = (day: number, month = 12, year = 2011) =>
      coverOfDay(whole, { year, month, day }, "Pacific/Apia", nowMs);
    expect([cover(29), cover(30), cover(31)]).toEqual(["full", "none", "full"]);
  });

  test("begins at midnight of the zone, or at the first moment after it", () => {
    expect(startOfDay({ year: 2026, month: 10, day: 25 }, "Europe/Berlin")).toBe(at("2026-10-24T22:00:00Z"));
    expect(startOfDay({ year: 2026, month: 10, day: 26 }, "Europe/Berlin")).toBe(at("2026-10-25T23:00:00Z"));
    expect(startOfDay({ year: 2026, month: 11, day: 20 }, "Asia/Kathmandu")).toBe(at("2026-11-19T18:15:00Z"));
    expect(startOfDay({ year: 2011, month: 12, day: 30 }, "Pacific/Apia")).toBe(at("2011-12-30T10:00:00Z"));
  });

  test("ticks of days stand on midnights through every change of the clocks, none twice", () => {
    for (const [zone, around] of [
      ["Europe/Berlin", "2026-10-25T12:00:00Z"],
      ["America/New_York", "2026-03-08T12:00:00Z"],
      ["Asia/Kathmandu", "2026-11-20T12:00:00Z"],
      ["Pacific/Apia", "2011-12-30T12:00:00Z"],
      ["Pacific/Apia", "2021-04-04T12:00:00Z"],
    ] as const) {
      const days = alignedInstants(at(around) - 4 * DAY, at(around) + 4 * DAY, DAY, zone);
      const clocks = days.map((ms) => readWallTime(ms, zone));
      expect(
        clocks.map(({ hour, minute }) => hour * 60 + minute),
        `${zone} ${around}`,
      ).toEqual(clocks.map(() => 0));
      const names = clocks.map(({ month, day }) => `${month}-${day}`);
      expect(new Set(names).size, `${zone} ${around}`).toBe(names.length);
    }
  });
});

test("a zone that browsers know by a former name is called and understood by today's", () => {
  expect(["Asia/Katmandu", "Asia/Kathmandu", "Asia/Calcutta", "America/New_York"].map(formatZone)).toEqual([
    "Kathmandu",
    "Kathmandu",
    "Kolkata",
    "New York",
  ]);
  const nowMs = at("2026-11-20T12:00:00Z");
  expect(parseMomentText("2026-11-20 06:00 Kathmandu", context("UTC", nowMs))).toEqual({
    kind: "time",
    atMs: at("2026-11-20T00:15:00Z"),
  });
});
