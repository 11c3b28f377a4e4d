import { describe, expect, it } from "vitest";
import { runKills } from "./run-kills.ts";

const KILLS = Number(process.env.LASTGOOD_TEST_KILLS ?? 8);
const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? Date.now() % 1_000_000);
const WITHOUT_LIMIT = { seconds: null, tally: null };

describe("kill -9 at the points of capture, checkpoints, seals, prunings and restores", () => {
  it("loses no acknowledged commit and leaves nothing half done", { timeout: 120_000 + KILLS * 10_000 }, async () => {
    const report = await runKills({ ...WITHOUT_LIMIT, count: KILLS, seed: SEED, control: false });
    expect(report).toMatchObject({ lost: 0, halfway: 0 });
    expect(report.kills).toBeGreaterThanOrEqual(KILLS);
  });

  it("would lose commits if they counted as durable before they are written", { timeout: 180_000 }, async () => {
    const points = ["capture.caught-up", "mirror.written"];
    const report = await runKills({ ...WITHOUT_LIMIT, count: 3, seed: SEED, control: true, leftOut: "early", points });
    expect(report.lost).toBeGreaterThan(0);
  });

  it("would restore twice if a repeat did not ask what became of the attempt", { timeout: 180_000 }, async () => {
    const points = ["restore.applied", "restore.commit-found"];
    const report = await runKills({ ...WITHOUT_LIMIT, count: 2, seed: SEED, control: true, leftOut: "twice", points });
    expect(report.halfway).toBeGreaterThan(0);
  });
});
