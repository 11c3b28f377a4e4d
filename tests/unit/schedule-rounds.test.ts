import pino from "pino";
import { expect, test } from "vitest";
import { ScheduleRounds } from "../../lib/agent/schedule-rounds.ts";
import type { Decision } from "../../lib/services/schedules/decide-runs.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Rounds whose two clocks a test moves; what they decide is told by the moments at which they were asked. */
function openRounds(decisions: Decision[] = [], superseded = false) {
  const world = { nowMs: Date.parse("2026-11-20T12:00:00Z"), steadyMs: 0, asked: [] as number[], woken: 0 };
  const rounds = new ScheduleRounds({
    decide: async (nowMs) => {
      world.asked.push(nowMs);
      return { decisions, superseded };
    },
    wake: () => {
      world.woken += 1;
    },
    log: pino({ level: "silent" }),
    nowMs: () => world.nowMs,
    steadyMs: () => world.steadyMs,
  });
  const pass = (ms: number) => {
    world.nowMs += ms;
    world.steadyMs += ms;
  };
  return { world, rounds, pass };
}

const decision = (backupId: string | null): Decision => ({
  scheduleId: "s",
  dueMs: 0,
  outcome: backupId === null ? "skipped" : "started",
  backupId,
  missed: 0,
});

test("each look decides by the clock, and wakes the agent for a backup alone", async () => {
  const { world, rounds, pass } = openRounds([decision("b")]);
  await rounds.look();
  pass(15_000);
  await rounds.look();
  expect(world.asked).toEqual([world.nowMs - 15_000, world.nowMs]);
  expect(world.woken).toBe(2);
  const skipping = openRounds([decision(null)]);
  await skipping.rounds.look();
  expect(skipping.world.woken).toBe(0);
});

test.each([
  ["forwards", 3 * HOUR],
  ["back", -3 * HOUR],
])("a clock that jumps %s is not decided by until it has run on for five minutes", async (_, jumpMs) => {
  const { world, rounds, pass } = openRounds();
  await rounds.look();
  world.nowMs += jumpMs;
  for (let looks = 0; looks < 5; looks++) {
    await rounds.look();
    pass(MINUTE);
  }
  expect(world.asked).toHaveLength(1);
  pass(1_000);
  await rounds.look();
  expect(world.asked).toHaveLength(2);
});

test("a step of minutes is no jump", async () => {
  const { world, rounds } = openRounds();
  await rounds.look();
  world.nowMs += 30 * MINUTE;
  await rounds.look();
  expect(world.asked).toHaveLength(2);
});

test("a run that was superseded wakes nobody", async () => {
  const { world, rounds } = openRounds([decision("b")], true);
  await rounds.look();
  expect(world.woken).toBe(0);
});
