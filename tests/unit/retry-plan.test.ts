import { expect, test } from "vitest";
import { MAX_ATTEMPTS, nextWaitMs, parseRetryAfter } from "../../lib/domain/retry-plan.ts";

const DAY_MS = 86_400_000;
const waits = (chance: number) =>
  Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => nextWaitMs(index + 1, null, chance) ?? 0);

test("attempts come ever later, for about three days, and then no more", () => {
  for (const chance of [0, 0.5, 1]) {
    const all = waits(chance);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    const sumMs = all.reduce((sum, ms) => sum + ms, 0);
    expect(sumMs).toBeGreaterThan(2.7 * DAY_MS);
    expect(sumMs).toBeLessThan(3.5 * DAY_MS);
  }
  expect(nextWaitMs(MAX_ATTEMPTS, null, 0.5)).toBeNull();
});

test("what failed together does not come again together", () => {
  expect(waits(0)).not.toEqual(waits(1));
  expect(new Set([0.1, 0.4, 0.7].map((chance) => nextWaitMs(3, null, chance))).size).toBe(3);
});

test("a receiver may ask for more patience, for a day at most, and not for less", () => {
  expect(nextWaitMs(1, 60_000, 0.5)).toBe(60_000);
  expect(nextWaitMs(1, 0, 0.5)).toBe(5000);
  expect(nextWaitMs(1, 400 * DAY_MS, 0.5)).toBe(DAY_MS);
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ["soon", null],
  ["-5", null],
  [null, null],
])("Retry-After %j is %j ms", (text, ms) => {
  expect(parseRetryAfter(text, Date.parse("2026-11-21T12:00:00Z"))).toBe(ms);
});
