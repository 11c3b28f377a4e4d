import { describe, expect, test } from "vitest";
import { nameCopyOfTime } from "../../lib/domain/preview.ts";
import { daysOfTier, TIERS, windowInTier } from "../../lib/domain/tiers.ts";

describe("tiers", () => {
  test("keep a cluster for as long as the table says, and the two smallest refuse it with the reason", () => {
    expect(TIERS.slice(2).map(daysOfTier)).toEqual([7, 14, 30]);
    for (const tier of TIERS.slice(0, 2)) {
      expect(() => daysOfTier(tier)).toThrow(`Point-in-time recovery of PostgreSQL is not part of the tier ${tier}.`);
    }
  });

  test("bound a window, and shorten the usual one", () => {
    expect(windowInTier("small", undefined, 30)).toBe(7);
    expect(windowInTier("large", undefined, 30)).toBe(30);
    expect(windowInTier("medium", 3, 30)).toBe(3);
    expect(() => windowInTier("medium", 15, 30)).toThrow("up to 14 days");
  });

  test("are not there where none are offered", () => {
    expect(windowInTier(null, 365, 30)).toBe(365);
    expect(windowInTier(null, undefined, 30)).toBe(30);
  });
});

describe("the name of a copy", () => {
  const at = Date.parse("2026-03-17T10:30:00.250Z");

  test("is the source's, -restored- and the time", () => {
    expect(nameCopyOfTime("shop", at, () => false)).toBe("shop-restored-20260317T103000Z");
  });

  test("counts on where it is taken, and is never too long", () => {
    const taken = new Set(["shop-restored-20260317T103000Z", "shop-restored-20260317T103000Z-2"]);
    expect(nameCopyOfTime("shop", at, (name) => taken.has(name))).toBe("shop-restored-20260317T103000Z-3");
    expect(nameCopyOfTime("s".repeat(64), at, () => false)).toHaveLength(64);
  });
});
