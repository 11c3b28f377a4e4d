import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { askAllAgain } from "./ask-questions.ts";
import { compareLive, compareState } from "./compare-states.ts";
import { type Counts, noCounts } from "./counts.ts";
import { type Action, makeAction, makeShape } from "./make-action.ts";
import { performAction } from "./perform-action.ts";
import type { Rig } from "./rig.ts";
import { World } from "./world.ts";

/** What became of one seed. `problem`: which invariant did not hold, at which step; null when all did. */
export type SeedResult = { seed: number; counts: Counts; problem: string | null; trace: string | null };

/** Steps draw actions that the world may have no use for; so many in a row mean that it is stuck. */
const MOST_DRAWS = 40;

/** Lives through one seed's world, until its steps are done, the time is over or an invariant does not hold. */
export async function runSeed(
  rig: Rig,
  seed: number,
  options: { steps?: number; lockByteEvery: number; deadlineMs: number },
): Promise<SeedResult> {
  const shape = makeShape(seed, options.lockByteEvery);
  const steps = Math.min(shape.steps, options.steps ?? Number.POSITIVE_INFINITY);
  const trace: Action[] = [];
  let world: World | null = null;
  let done = 0;
  try {
    world = await World.open(rig, seed, shape);
    for (let step = 0; done < steps && Date.now() < options.deadlineMs; step++) {
      if (step > steps * MOST_DRAWS) throw new Error("the world has no use for anything any more");
      const { action, passesMs } = makeAction(seed, step, shape);
      trace.push(action);
      world.time.nowMs += passesMs;
      done += await performAction(world, action);
      await world.buryDead();
    }
    await finish(world);
    return { seed, counts: countsOf(world, done), problem: null, trace: null };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const counts = world ? countsOf(world, done) : noCounts();
    counts.mismatches = 1;
    return { seed, counts, problem, trace: writeTrace(seed, shape, trace, problem) };
  } finally {
    await world?.end();
  }
}

/** At the end everybody is well again, and everything is asked once more. */
async function finish(world: World): Promise<void> {
  if (world.rig.keepers.count < 2) await world.startKeepers();
  if (!world.reader) await world.startReader();
  world.reader?.life.dieAfter(Number.POSITIVE_INFINITY);
  await world.untilProtected();
  await world.endHeld("all");
  await world.flush();
  await askAllAgain(world);
  await compareState(world, { do: "compare", pick: { share: 0.7, near: "any" }, way: "whole" });
  for (const share of [0, 0.5, 0.999]) {
    await compareState(world, { do: "compare", pick: { share, near: "any" }, way: "forwards" });
    await compareState(world, { do: "compare", pick: { share, near: "noted" }, way: "backwards" });
  }
  await compareLive(world, true);
}

function countsOf(world: World, steps: number): Counts {
  const { bookmarks, oracle, counts } = world;
  return {
    ...counts,
    seeds: 1,
    steps,
    commits: oracle.newest,
    wakes: oracle.wakes,
    gaps: bookmarks.gaps,
    commitsInGaps: bookmarks.commitsInGaps,
    heals: bookmarks.gaps,
    shrinks: bookmarks.shrinks,
    lockByteWorlds: world.shape.atLockByte ? 1 : 0,
    lockByteCrossings: bookmarks.crossings,
    sealedSegments: world.sealedSegments,
  };
}

function writeTrace(seed: number, shape: object, actions: Action[], problem: string): string {
  const folder = path.join(tmpdir(), "lastgood-sim");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `seed-${seed}.jsonl`);
  const lines = [{ seed, shape, problem }, ...actions.map((action, step) => ({ step, ...action }))];
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  return file;
}
