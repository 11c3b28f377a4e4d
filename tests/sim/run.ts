/**
 * The simulator: `npm run sim -- --seconds 60 --seed 7`. Ends with one line of JSON and exit code 0 when every invariant held.
 *
 *   --seed N | random   the first seed; the next ones follow it
 *   --seconds S         no new step after so long (60); --seeds K: no more than K worlds
 *   --steps N           steps of each world, at most
 *   --tally FILE        adds what was done to a JSON file, over any number of runs
 *   --break WHAT        has the engine make a fault, which must be found
 */
import { parseArgs } from "node:util";
import { BREAKS, breakEngine, isBreak } from "./break-engine.ts";
import { addCounts, noCounts } from "./counts.ts";
import { Rig } from "./rig.ts";
import { runSeed } from "./run-seed.ts";
import { addToTally } from "./tally.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "random" },
    seeds: { type: "string" },
    seconds: { type: "string", default: "60" },
    steps: { type: "string" },
    tally: { type: "string" },
    break: { type: "string" },
    "lock-byte-every": { type: "string", default: "150" },
  },
});

const first = values.seed === "random" ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const seeds = values.seeds === undefined ? Number.POSITIVE_INFINITY : Number(values.seeds);
const seconds = Number(values.seconds);
if (![first, seeds, seconds].every((number) => number >= 0))
  throw new Error("--seed, --seeds and --seconds are numbers");
if (values.break !== undefined) {
  if (!isBreak(values.break)) throw new Error(`--break is one of ${BREAKS.join(", ")}`);
  breakEngine(values.break);
}

const startedMs = Date.now();
const total = noCounts();
const failed: number[] = [];
const rig = new Rig();
process.once("SIGTERM", () => void rig.close().finally(() => process.exit(1)));
process.once("SIGINT", () => void rig.close().finally(() => process.exit(1)));
const deadlineMs = startedMs + seconds * 1000;
let seed = first;
try {
  for (; seed < first + seeds && Date.now() < deadlineMs; seed++) {
    const result = await runSeed(rig, seed, {
      deadlineMs,
      lockByteEvery: Number(values["lock-byte-every"]),
      ...(values.steps === undefined ? {} : { steps: Number(values.steps) }),
    });
    addCounts(total, result.counts);
    if (values.tally) addToTally(values.tally, result);
    if (result.problem === null) continue;
    failed.push(seed);
    process.stderr.write(
      `seed ${seed} failed: ${result.problem}\n  replay: npm run sim -- --seed ${seed} --seeds 1\n  trace: ${result.trace}\n`,
    );
    if (failed.length >= 10) break;
  }
} finally {
  await rig.close();
}
const elapsed = (Date.now() - startedMs) / 1000;
process.stdout.write(
  `${JSON.stringify({ seed: first, lastSeed: seed - 1, ...total, failed, seconds: Math.round(elapsed), stepsPerSecond: Math.round(total.steps / elapsed) })}\n`,
);
process.exit(total.mismatches > 0 ? 1 : 0);
