import { describe, expect, it } from "vitest";
import { stageTimes, timeLeft } from "../../components/restores/stage-times.ts";
import type { RestoreView } from "../../lib/client/api-types.ts";

const restore = {
  target: "project",
  status: "running",
  fenceSeconds: null,
  runHooks: false,
  startedAtMs: 1_000_000,
  stage: "prepare",
  timings: { plan: 200, keep: 300, prepare: 5000 },
  progress: { done: 250, total: 1000 },
} as unknown as RestoreView;

describe("how long a restore takes", () => {
  it("is told from how far the present stage is, and from what the others took", () => {
    const times = stageTimes(restore, 1_020_500);
    expect(times.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      "plan done",
      "keep done",
      "prepare running",
      "apply to do",
      "check to do",
    ]);
    expect(times[2]).toMatchObject({ spentMs: 20_000, totalMs: 80_000 });
    expect(times[3]?.totalMs).toBe(24_000);
    expect(timeLeft(restore, 1_020_500)).toBe(60_000 + 24_000 + 16_000);
  });

  it("is not guessed while nothing is known of the present stage", () => {
    expect(timeLeft({ ...restore, progress: { done: 1, total: 1000 } }, 1_020_500)).toBeNull();
    expect(timeLeft({ ...restore, progress: { done: 250, total: 1000 } }, 1_000_600)).toBeNull();
  });

  it("counts the time for which writes are held to its end", () => {
    const held = {
      ...restore,
      fenceSeconds: 30,
      stage: "hold",
      progress: { done: 10_000, total: 30_000 },
    } as RestoreView;
    const timings = { plan: 0, keep: 0, prepare: 2000, apply: 1000, check: 0, hold: 10_000 };
    expect(timeLeft({ ...held, timings }, 1_013_000)).toBe(20_000);
  });

  it("is nothing for one that has ended", () => {
    expect(timeLeft({ ...restore, status: "completed", stage: "check" }, 2_000_000)).toBe(0);
  });
});
