import { describe, expect, it } from "vitest";
import type { KeptBase } from "../../lib/engines/postgres/bases/base-record.ts";
import { BaseSchedule } from "../../lib/engines/postgres/receiver/base-schedule.ts";

const GIB = 1024n ** 3n;
const DAY_MS = 24 * 60 * 60_000;
const base = (clusterBytes: number) => ({ stoppedAtMs: 1000, clusterBytes }) as KeptBase;
const facts = (receivedLsn: bigint, nowMs = 2000, clusterBytes = 1) => ({
  newest: base(clusterBytes),
  newestStopLsn: 0n,
  receivedLsn,
  nowMs,
});

describe("a base backup is due", () => {
  it("where there is none", () => {
    expect(new BaseSchedule().isDue({ newest: null, newestStopLsn: null, receivedLsn: 0n, nowMs: 0 })).toBe(true);
  });

  it("a day after the last one, and not before", () => {
    expect(new BaseSchedule().isDue(facts(0n, 1000 + DAY_MS - 1))).toBe(false);
    expect(new BaseSchedule().isDue(facts(0n, 1000 + DAY_MS))).toBe(true);
  });

  it("after more log than 4 GB, or than twice a larger cluster", () => {
    expect(new BaseSchedule().isDue(facts(4n * GIB))).toBe(false);
    expect(new BaseSchedule().isDue(facts(4n * GIB + 1n))).toBe(true);
    expect(new BaseSchedule().isDue(facts(19n * GIB, 2000, Number(10n * GIB)))).toBe(false);
    expect(new BaseSchedule().isDue(facts(20n * GIB + 1n, 2000, Number(10n * GIB)))).toBe(true);
  });

  it("again later and later while they fail, and at once after one that did not", () => {
    const schedule = new BaseSchedule();
    const none = (nowMs: number) => ({ newest: null, newestStopLsn: null, receivedLsn: 0n, nowMs });
    schedule.failed(0);
    expect([schedule.isDue(none(9999)), schedule.isDue(none(10_000))]).toEqual([false, true]);
    schedule.failed(10_000);
    expect([schedule.isDue(none(29_999)), schedule.isDue(none(30_000))]).toEqual([false, true]);
    schedule.succeeded();
    expect(schedule.isDue(none(0))).toBe(true);
  });
});
