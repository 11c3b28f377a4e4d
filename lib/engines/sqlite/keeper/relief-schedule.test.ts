import { expect, it } from "vitest";
import { ReliefSchedule } from "./relief-schedule.ts";

function scheduleAt(startMs = 1_000_000) {
  const clock = { ms: startMs };
  return { clock, schedule: new ReliefSchedule(() => clock.ms) };
}
const FULL = { frames: 10, full: true };

it("a log that holds nothing but wakes is at rest", () => {
  const { schedule } = scheduleAt();
  schedule.begin(2);
  expect(schedule.isDue(2)).toBe(false);
});

it("a log that was there before is relieved, though nobody writes", () => {
  const { schedule } = scheduleAt();
  schedule.begin(500);
  expect(schedule.isDue(500)).toBe(true);
});

it("a log is at rest after its restart, whatever its length", () => {
  const { schedule } = scheduleAt();
  schedule.begin(500);
  schedule.relieved(FULL, 3);
  expect(schedule.isDue(3)).toBe(false);
  expect(schedule.atRest).toBe(3);
});

it("a short log waits for a second since the last time, a long one does not", () => {
  const { clock, schedule } = scheduleAt();
  schedule.begin(1);
  schedule.relieved(FULL, 1);
  clock.ms += 200;
  expect(schedule.isDue(50)).toBe(false);
  expect(schedule.isDue(400)).toBe(true);
  clock.ms += 800;
  expect(schedule.isDue(50)).toBe(true);
});

it("refusals make the pauses longer, up to four seconds, and a success ends that", () => {
  const { clock, schedule } = scheduleAt();
  schedule.begin(1);
  const pauses = Array.from({ length: 6 }, () => {
    schedule.relieved("refused", 9000);
    let waitedMs = 0;
    for (; !schedule.isDue(9000); waitedMs += 100) clock.ms += 100;
    return waitedMs;
  });
  expect(pauses).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  schedule.relieved(FULL, 1);
  expect(schedule.isDue(9000)).toBe(true);
});

it("an active log is looked at often, an idle one every second", () => {
  const { clock, schedule } = scheduleAt();
  schedule.isDue(5);
  expect(schedule.pauseMs).toBe(150);
  clock.ms += 3000;
  schedule.isDue(5);
  expect(schedule.pauseMs).toBe(1000);
});
