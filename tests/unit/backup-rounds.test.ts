import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { BackupRounds } from "../../lib/agent/backup-rounds.ts";

const HOUR_MS = 3_600_000;
let clock: { nowMs: number; steadyMs: number };
let pruned: string[];
let later: Record<string, number>;
let forgotten: number;
let rounds: BackupRounds;

beforeEach(() => {
  clock = { nowMs: 1e12, steadyMs: 5 };
  pruned = [];
  later = {};
  forgotten = 0;
  rounds = new BackupRounds({
    databases: async () => ["a", "b"],
    prune: async (id) => {
      pruned.push(id);
      return { deleted: 1, later: later[id] ?? 0 };
    },
    forgetFailed: async () => {
      forgotten++;
      return 0;
    },
    wake: () => pruned.push("wake"),
    log: pino({ enabled: false }),
    nowMs: () => clock.nowMs,
    steadyMs: () => clock.steadyMs,
  });
});

function pass(ms: number): void {
  clock = { nowMs: clock.nowMs + ms, steadyMs: clock.steadyMs + ms };
}

test("each database with backups has its turn", async () => {
  await rounds.look();
  expect([pruned, forgotten]).toEqual([["a", "b", "wake"], 1]);
});

test("one that might not delete all at once rests for an hour, whatever wakes it", async () => {
  later = { a: 75 };
  await rounds.look();
  pruned = [];
  pass(HOUR_MS - 1);
  await rounds.look();
  expect(pruned).toEqual(["b", "wake"]);
  pass(1);
  await rounds.look();
  expect(pruned).toEqual(["b", "wake", "a", "b", "wake"]);
});

test("after the clock was set forwards nothing is deleted for a day, since all backups would seem too old", async () => {
  await rounds.look();
  pruned = [];
  clock.nowMs += 400 * 24 * HOUR_MS;
  for (let hour = 0; hour <= 24; hour++) {
    await rounds.look();
    pass(HOUR_MS);
  }
  expect([pruned, forgotten]).toEqual([[], 1]);
  await rounds.look();
  expect(pruned).toContain("a");
});

test("looks that come together are one", async () => {
  await Promise.all([rounds.look(), rounds.look()]);
  expect(pruned).toEqual(["a", "b", "wake"]);
});
