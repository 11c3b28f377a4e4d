import { describe, expect, it } from "vitest";
import type { CrashReport } from "../run.ts";
import { runStages } from "./run-stages.ts";
import { allCases, STAGE_POINTS, type StageCase } from "./stage-points.ts";

const KILLS = Number(process.env.LASTGOOD_TEST_STAGE_KILLS ?? 3);
const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? Date.now() % 1_000_000);
const RUN = { seconds: null, tally: null, seed: SEED };

/** What a sample is taken of; the long run goes over all targets. */
const SAMPLED = ["project", "held", "cutover", "preview", "stored"];

/** The kill whose harm only the attempt file prevents. */
const twice: StageCase = { target: "project", stage: "check", point: "restore.applied", victim: "self" };

/** Its commit is there before the reader is back, which alone can say so. */
const unread: StageCase = { target: "project", stage: "apply", point: "restore.last-computed", victim: "reader" };

/** What a run found, each with its case and restore, before all else: the last lines of a log are to tell the cause. */
function sound(report: CrashReport, more: object = {}): void {
  expect(report.found, `seed ${SEED}: ${JSON.stringify(report)}`).toEqual([]);
  expect(report).toMatchObject({ lost: 0, halfway: 0, ...more });
}

describe("kill -9 of every process of a whole Lastgood in the stages of a restore", () => {
  it("leaves it wholly done or wholly undone, as the ledger says, and nothing behind", {
    timeout: 120_000 + KILLS * 60_000,
  }, async () => {
    const report = await runStages({ ...RUN, count: KILLS, control: false, targets: SAMPLED });
    sound(report);
  });

  it("is told as done where the reader died while the pages were being written", { timeout: 180_000 }, async () => {
    const report = await runStages({ ...RUN, count: 1, control: false, cases: [unread] });
    sound(report, { kills: 1, ends: { completed: 1 } });
  });

  it("would find a restore that took place twice, if its attempt were not written down", {
    timeout: 180_000,
  }, async () => {
    const report = await runStages({ ...RUN, count: 1, control: true, leftOut: "twice", cases: [twice] });
    expect(report.halfway).toBeGreaterThan(0);
  });

  it("has points in each stage of each target, and everybody dies at each", () => {
    for (const [target, stages] of Object.entries(STAGE_POINTS)) {
      const cases = allCases([target]);
      expect(Object.values(stages).every((points) => points.length > 0)).toBe(true);
      expect(new Set(cases.map(({ victim }) => victim)).size).toBe(7);
    }
  });
});
