import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BREAKS, breakEngine } from "./break-engine.ts";
import { Rig } from "./rig.ts";
import { runSeed } from "./run-seed.ts";

const ANY_SEED = Math.floor(Math.random() * 1e9);
const STEPS = 700;

let rig: Rig;
beforeAll(() => {
  rig = new Rig();
});
afterAll(() => rig.close());

const live = (seed: number, steps: number) =>
  runSeed(rig, seed, { steps, lockByteEvery: 0, deadlineMs: Number.POSITIVE_INFINITY });

describe("a simulated world", () => {
  test.each([7, 4711, ANY_SEED])("gives back every state and answers every time alike, as seed %i", async (seed) => {
    const { problem, counts } = await live(seed, STEPS);
    expect(problem).toBeNull();
    expect(counts.steps).toBeGreaterThanOrEqual(STEPS);
    expect(counts.bookmarksCompared).toBeGreaterThan(5);
  });

  test.each(BREAKS)("finds the fault of an engine that does this: %s", async (what) => {
    const mend = breakEngine(what);
    try {
      const { problem } = await live(11, 2 * STEPS);
      expect(problem).not.toBeNull();
    } finally {
      mend();
    }
  });
});
