import { expect, test } from "vitest";
import {
  BUDGET_STEPS,
  type BudgetedHistory,
  chooseOldHistory,
  forecastDisk,
  judgeDisk,
  mayGoBefore,
  stepsDue,
  withSample,
} from "../../lib/domain/disk-budget.ts";

const DAY_MS = 86_400_000;
const GB = 1e9;
const limits = { budgetBytes: 100 * GB, floorBytes: GB, leastDays: 1 };
const figures = (counted: number, free = 500) => ({
  countedBytes: counted * GB,
  freeBytes: free * GB,
  sizeBytes: 1000 * GB,
});
const NOW = 1_795_244_288_000;
const history = (facts: Partial<BudgetedHistory>): BudgetedHistory => ({
  databaseId: "one",
  historyBytes: GB,
  oldestMs: NOW - 20 * DAY_MS,
  windowDays: 30,
  leastWindowDays: null,
  neededFromMs: null,
  ...facts,
});

test("below four fifths all is fine, then people are told, then things give way, and at the limit capture stops", () => {
  const levelAt = (counted: number) => judgeDisk(limits, figures(counted), false).level;
  expect([79, 80, 89, 90, 99, 100, 120].map(levelAt)).toEqual([
    "fine",
    "warning",
    "warning",
    "giving-way",
    "giving-way",
    "stopped",
    "stopped",
  ]);
});

test("the floor binds where the disk has less left than the budget, whoever filled it", () => {
  const near = judgeDisk(limits, figures(10, 3), false);
  expect(near).toMatchObject({ boundBy: "floor", level: "warning", limitBytes: 12 * GB });
  expect(judgeDisk(limits, figures(0, 1), false)).toMatchObject({ boundBy: "floor", level: "stopped" });
  expect(judgeDisk({ ...limits, budgetBytes: null }, figures(10, 500), false).level).toBe("fine");
});

test("a file system that does not tell its size has no floor, and a budget counts all the same", () => {
  const unknown = { countedBytes: 10 * GB, freeBytes: 0, sizeBytes: 0 };
  expect(judgeDisk({ ...limits, budgetBytes: null, floorBytes: 0 }, unknown, false).level).toBe("fine");
  expect(judgeDisk({ ...limits, budgetBytes: null }, unknown, true).level).toBe("fine");
  expect(judgeDisk({ ...limits, budgetBytes: 9 * GB }, unknown, false)).toMatchObject({
    ...{ level: "stopped", boundBy: "budget" },
  });
});

test("capture that was stopped goes on only once there is some room again", () => {
  expect(judgeDisk(limits, figures(97), true).level).toBe("stopped");
  expect(judgeDisk(limits, figures(94), true).level).toBe("giving-way");
});

test("what gives way comes in one order, never skipping what comes before it", () => {
  const order = BUDGET_STEPS.map(({ step }) => step);
  for (const share of [0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 1, 1.5]) {
    const due = stepsDue(share);
    expect(due).toEqual(order.slice(0, due.length));
  }
  expect(stepsDue(0.89)).toEqual([]);
  expect(stepsDue(1)).toEqual(order);
});

test("the oldest quarter of the largest history goes first", () => {
  const small = history({ databaseId: "small", historyBytes: 1 });
  const chosen = chooseOldHistory([small, history({ databaseId: "large", historyBytes: 9 * GB })], 1, NOW);
  expect(chosen).toEqual({ databaseId: "large", keepFromMs: NOW - 15 * DAY_MS });
});

test("history that was promised stays: the least days, a policy's window, a protected label, an approval", () => {
  expect(mayGoBefore(history({}), 1, NOW)).toBe(NOW - DAY_MS);
  expect(mayGoBefore(history({ leastWindowDays: 14 }), 1, NOW)).toBe(NOW - 14 * DAY_MS);
  expect(mayGoBefore(history({ leastWindowDays: 30 }), 1, NOW)).toBeNull();
  expect(mayGoBefore(history({ neededFromMs: NOW - 18 * DAY_MS }), 1, NOW)).toBe(NOW - 18 * DAY_MS);
  expect(mayGoBefore(history({ oldestMs: NOW - DAY_MS / 2 }), 1, NOW)).toBeNull();
  expect(chooseOldHistory([history({ leastWindowDays: 30 })], 1, NOW)).toBeNull();
});

test("the rate comes of measurements that are hours apart, and says how long the room lasts", () => {
  let samples = withSample([], { atMs: NOW - 2 * DAY_MS, countedBytes: 10 * GB });
  samples = withSample(samples, { atMs: NOW - 2 * DAY_MS + 1000, countedBytes: 50 * GB });
  expect(samples).toHaveLength(1);
  const now = { atMs: NOW, countedBytes: 30 * GB };
  expect(forecastDisk(samples, now, 100 * GB)).toEqual({ bytesPerDay: 10 * GB, daysLeft: 7 });
  expect(forecastDisk(samples, { ...now, countedBytes: 5 * GB }, 100 * GB).daysLeft).toBeNull();
  expect(forecastDisk([now], now, 100 * GB).bytesPerDay).toBeNull();
});
