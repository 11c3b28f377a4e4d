import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IdleRounds } from "./idle-rounds.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function restingOne(rounds: IdleRounds, signal = new AbortController().signal) {
  const one = { glances: 0, hasWork: false, isOver: false };
  void rounds
    .rest(() => {
      one.glances++;
      return one.hasWork;
    }, signal)
    .then(() => {
      one.isOver = true;
    });
  return one;
}

it("a rest ends with the first glance that finds something to do", async () => {
  const one = restingOne(new IdleRounds());
  await vi.advanceTimersByTimeAsync(5000);
  expect(one).toMatchObject({ glances: 5, isOver: false });
  one.hasWork = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(one).toMatchObject({ glances: 6, isOver: true });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(one.glances).toBe(6);
});

it("one that has rested for long is glanced at every four seconds, and a newcomer beside it every second", async () => {
  const rounds = new IdleRounds();
  const old = restingOne(rounds);
  await vi.advanceTimersByTimeAsync(60_000);
  const before = old.glances;
  await vi.advanceTimersByTimeAsync(20_000);
  expect([5, 6]).toContain(old.glances - before);
  const glancesBefore = old.glances;
  const fresh = restingOne(rounds);
  await vi.advanceTimersByTimeAsync(8000);
  expect(fresh.glances).toBe(8);
  expect([2, 3]).toContain(old.glances - glancesBefore);
});

it("databases that come to rest all the time put no glance off", async () => {
  const rounds = new IdleRounds();
  const old = restingOne(rounds);
  for (let i = 0; i < 100; i++) {
    restingOne(rounds);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(old.glances).toBeGreaterThanOrEqual(9);
});

it("a rest ends when its database is let go", async () => {
  const stopping = new AbortController();
  const one = restingOne(new IdleRounds(), stopping.signal);
  stopping.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(one).toMatchObject({ glances: 0, isOver: true });
});
