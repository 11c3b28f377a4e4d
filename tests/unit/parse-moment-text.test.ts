import fc from "fast-check";
import { expect, test } from "vitest";
import { formatBookmark } from "../../lib/domain/bookmark.ts";
import { parseMomentText } from "../../lib/domain/parse-moment-text.ts";
import { findInstants, readWallTime } from "../../lib/domain/zoned-time.ts";

const NOW = Date.parse("2026-11-20T14:32:05Z");
const context = {
  nowMs: NOW,
  zone: "UTC",
  chosenMs: NOW,
  labels: [
    { id: "one", label: "before-migration-v3", recoverable: true },
    { id: "two", label: "12:00", recoverable: true },
    { id: "old", label: "pre-rename", recoverable: false },
  ],
};
const read = (text: string, change: Partial<typeof context> = {}) => parseMomentText(text, { ...context, ...change });
const at = (instant: string) => ({ kind: "time", atMs: Date.parse(instant) });

test("a clock time is today's, with or without its zone", () => {
  expect(read("14:03:23.7")).toEqual(at("2026-11-20T14:03:23.700Z"));
  expect(read("14:03:23 UTC")).toEqual(at("2026-11-20T14:03:23Z"));
  expect(read("14:03")).toEqual(at("2026-11-20T14:03:00Z"));
  expect(read("15:03:22 Berlin")).toEqual(at("2026-11-20T14:03:22Z"));
  expect(read("09:03 America/New_York")).toEqual(at("2026-11-20T14:03:00Z"));
});

test("a clock time that has not come yet today is yesterday's", () => {
  expect(read("23:00")).toEqual(at("2026-11-19T23:00:00Z"));
});

test("a clock time keeps the day that was chosen before", () => {
  expect(read("14:00", { chosenMs: Date.parse("2026-11-12T09:00:00Z") })).toEqual(at("2026-11-12T14:00:00Z"));
});

test("how long ago is read in any mixture of units", () => {
  expect(read("5 minutes ago")).toEqual(at("2026-11-20T14:27:05Z"));
  expect(read("2 h 10 m ago")).toEqual(at("2026-11-20T12:22:05Z"));
  expect(read("an hour and 5 seconds ago")).toEqual(at("2026-11-20T13:32:00Z"));
  expect(read("-90s")).toEqual(at("2026-11-20T14:30:35Z"));
  expect(read("now")).toEqual({ kind: "time", atMs: NOW });
});

test("RFC 3339, Unix seconds and Unix milliseconds are exact", () => {
  expect(read("2026-11-20T15:03:22.481+01:00")).toEqual(at("2026-11-20T14:03:22.481Z"));
  expect(read("2026-11-20t14:03:22.4819z")).toEqual(at("2026-11-20T14:03:22.481Z"));
  expect(read("1795183402")).toEqual({ kind: "time", atMs: 1_795_183_402_000 });
  expect(read("1795183402481")).toEqual({ kind: "time", atMs: 1_795_183_402_481 });
});

test("dates are read with a month's name, and as this year's unless that is ahead", () => {
  expect(read("12 Nov 16:38:02")).toEqual(at("2026-11-12T16:38:02Z"));
  expect(read("3 december, 10:00")).toEqual(at("2025-12-03T10:00:00Z"));
  expect(read("yesterday 10:00")).toEqual(at("2026-11-19T10:00:00Z"));
  expect(read("today at 10:00")).toEqual(at("2026-11-20T10:00:00Z"));
});

test("bookmarks and labels are known, and a label wins over what it looks like", () => {
  const bookmark = formatBookmark({ txid: 9, historyTag: "a".repeat(16), recordTag: "b".repeat(16) });
  expect(read(bookmark.toUpperCase())).toEqual({ kind: "bookmark", bookmark });
  expect(read("Before-Migration-V3")).toEqual({ kind: "label", snapshotId: "one", label: "before-migration-v3" });
  expect(read("12:00")).toEqual({ kind: "label", snapshotId: "two", label: "12:00" });
  expect(read("pre-rename").kind).toBe("unreadable");
  expect(read(bookmark.slice(0, 20)).kind).toBe("unreadable");
});

test("an hour that happens twice is not guessed", () => {
  expect(read("2026-10-25 02:30", { zone: "Europe/Berlin" })).toEqual({
    kind: "repeated",
    zone: "Europe/Berlin",
    firstMs: Date.parse("2026-10-25T00:30:00Z"),
    secondMs: Date.parse("2026-10-25T01:30:00Z"),
  });
});

test("an hour that was skipped names the moments around the leap", () => {
  expect(read("2026-03-29 02:30", { zone: "Europe/Berlin" })).toEqual({
    kind: "skipped",
    zone: "Europe/Berlin",
    beforeMs: Date.parse("2026-03-29T01:00:00Z") - 1,
    afterMs: Date.parse("2026-03-29T01:00:00Z"),
  });
});

test("what is no moment is refused with examples", () => {
  for (const text of [
    "soon",
    "25:00",
    "14:61",
    "2026-02-30",
    "14:00 Atlantis",
    "31 Foo",
    "5 fortnights ago",
    "+",
    "::",
  ]) {
    expect(read(text).kind, text).toBe("unreadable");
  }
});

test("a wall time read at an instant leads back to it", () => {
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
  const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2028, 0, 1) });
  fc.assert(
    fc.property(instants, fc.constantFrom(...zones), (ms, zone) => {
      const found = findInstants(readWallTime(ms, zone), zone);
      if (found.kind === "exact") expect(found.ms).toBe(ms);
      else if (found.kind === "repeated") expect([found.firstMs, found.secondMs]).toContain(ms);
      else expect.unreachable("a time that was shown was not skipped");
    }),
  );
});
