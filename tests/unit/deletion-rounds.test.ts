import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { DeletionRounds, PURGES_AT_ONCE } from "../../lib/agent/deletion-rounds.ts";

const HOUR_MS = 3_600_000;
let clock: { nowMs: number; steadyMs: number };
let done: string[];
let rounds: DeletionRounds;

beforeEach(() => {
  clock = { nowMs: 1e12, steadyMs: 5 };
  done = [];
  rounds = new DeletionRounds({
    applyWindows: async () => done.push("windows"),
    queuePurges: async (limit) => {
      done.push(`purges ${limit}`);
      return { queued: 1, waiting: 0 };
    },
    queueBackupPurges: async (limit) => {
      done.push(`backups ${limit}`);
      return 0;
    },
    async queueErasures() {
      done.push("erasures");
      return 0;
    },
    purgeNamespaces: async () => done.push("namespaces"),
    wake: () => done.push("wake"),
    log: pino({ enabled: false }),
    nowMs: () => clock.nowMs,
    steadyMs: () => clock.steadyMs,
  });
});

function pass(ms: number): void {
  clock = { nowMs: clock.nowMs + ms, steadyMs: clock.steadyMs + ms };
}

test("a round ends grace periods that are over, databases before their namespaces, a few at a time", async () => {
  await rounds.look();
  expect(done).toEqual(["windows", `purges ${PURGES_AT_ONCE}`, "backups 20", "erasures", "namespaces", "wake"]);
});

test("after the clock was set forwards nothing is removed for a day, since all grace periods would seem over", async () => {
  await rounds.look();
  done = [];
  clock.nowMs += 30 * 24 * HOUR_MS;
  for (let hour = 0; hour < 24; hour++) {
    await rounds.look();
    pass(HOUR_MS);
  }
  await rounds.look();
  expect(done).toEqual([]);
  pass(HOUR_MS);
  await rounds.look();
  expect(done).toContain("namespaces");
});
