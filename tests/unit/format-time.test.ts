import { expect, test } from "vitest";
import {
  formatClock,
  formatDay,
  formatFullDay,
  formatMoment,
  formatOffset,
  formatRelativeDay,
  formatZone,
} from "../../lib/client/format-time.ts";

const NOW = Date.parse("2026-11-20T14:32:05Z");
const THEN = Date.parse("2026-11-20T14:03:22.481Z");

test("clock times have 24 hours and milliseconds only where asked", () => {
  expect(formatClock(THEN, "UTC", "minute")).toBe("14:03");
  expect(formatClock(THEN, "UTC")).toBe("14:03:22");
  expect(formatClock(THEN, "Europe/Berlin", "millisecond")).toBe("15:03:22.481");
  expect(formatClock(Date.parse("2026-11-20T00:00:00Z"), "UTC")).toBe("00:00:00");
});

test("the date comes first if it is not today, the year if it is not this one", () => {
  expect(formatMoment(THEN, "UTC", NOW)).toBe("14:03:22");
  expect(formatMoment(Date.parse("2026-11-12T16:38:02Z"), "UTC", NOW)).toBe("12 Nov 16:38:02");
  expect(formatDay(Date.parse("2025-01-03T00:00:00Z"), "UTC", NOW)).toBe("3 Jan 2025");
  expect(formatFullDay(THEN, "UTC")).toBe("20 November 2026");
});

test("today is a question of the zone", () => {
  const late = Date.parse("2026-11-19T23:30:00Z");
  expect(formatRelativeDay(late, "UTC", NOW)).toBe("yesterday");
  expect(formatRelativeDay(late, "Europe/Berlin", NOW)).toBe("today");
  expect(formatRelativeDay(Date.parse("2026-11-18T12:00:00Z"), "UTC", NOW)).toBe("18 Nov");
});

test("zones are named by their city and offsets by their hours", () => {
  expect(["UTC", "Europe/Berlin", "America/New_York"].map(formatZone)).toEqual(["UTC", "Berlin", "New York"]);
  expect(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"].map((zone) => formatOffset(NOW, zone))).toEqual([
    "UTC",
    "UTC+1",
    "UTC+5:30",
    "UTC−5",
  ]);
});
