import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Chance } from "../apply-torture.ts";
import type { CrashOptions, CrashReport } from "../run.ts";
import { allCases, nameOf, type StageCase } from "./stage-points.ts";
import { TARGETS } from "./stage-targets.ts";
import { StageWorld } from "./stage-world.ts";

const REACHED_WITHIN_MS = 15_000;
const ENDED_WITHIN_MS = 90_000;
/** Kills after which everything begins anew. */
const KILLS_PER_WORLD = 60;

export type StageOptions = CrashOptions & {
  /** These cases alone, in turn. */
  cases?: readonly StageCase[];
  /** The protection that a control leaves out. */
  leftOut?: string;
};

type Tally = {
  kills: Record<string, number>;
  missed: Record<string, number>;
  lost: string[];
  halfway: string[];
  ends: Record<string, number>;
};

/**
 * Kills the processes of a whole Lastgood while a restore stands in each of its stages, and looks afterwards whether it took
 * place wholly or not at all, and whether the ledger says so. Goes on from a tally, the rarest case first.
 */
export async function runStages(options: StageOptions): Promise<CrashReport> {
  const tally = readTally(options.tally);
  const chance = new Chance(options.seed);
  const { points } = options;
  const cases = options.cases ?? allCases(options.targets).filter(({ point }) => !points || points.includes(point));
  const startedMs = performance.now();
  const before = tally.lost.length + tally.halfway.length;
  let kills = 0;
  let rounds = 0;
  const goesOn = () =>
    kills < options.count &&
    (options.seconds === null || performance.now() - startedMs < options.seconds * 1000) &&
    tally.lost.length + tally.halfway.length === before &&
    rounds < options.count + cases.length;
  let current = "the start of a whole Lastgood";
  while (goesOn()) {
    const world = await StageWorld.begin(options.control ? (options.leftOut ?? "twice") : null);
    try {
      for (let here = 0; here < KILLS_PER_WORLD && goesOn(); here++) {
        rounds++;
        const one = options.cases ? cases[rounds - 1] : rarest(cases, tally, chance);
        if (!one) return summary(tally, kills, options);
        current = nameOf(one);
        kills += await play(world, one, rounds, tally);
        writeTally(options.tally, tally);
      }
    } catch (error) {
      tally.halfway.push(`${current}: ${error instanceof Error ? error.stack : error}`);
      writeTally(options.tally, tally);
    } finally {
      const isBroken = tally.lost.length + tally.halfway.length > before;
      for (const finding of [...tally.lost, ...tally.halfway].slice(before))
        process.stdout.write(`found: ${finding}\n`);
      await world.close(isBroken && process.env.LASTGOOD_TEST_KEEP !== undefined);
    }
  }
  return summary(tally, kills, options);
}

/** One restore and one kill; how many processes were killed. */
async function play(world: StageWorld, one: StageCase, round: number, tally: Tally): Promise<number> {
  const name = nameOf(one);
  const startedMs = performance.now();
  const gapsBefore = await world.gaps();
  const begin = TARGETS[one.target];
  if (!begin) throw new Error(`${one.target} is no target`);
  const { restoreId, judge } = await begin(world, round, () =>
    world.arm({ point: one.point, how: one.victim === "self" ? "die" : "stand" }),
  );
  const isReached = await world.reached(REACHED_WITHIN_MS);
  if (isReached && one.victim !== "self") await world.kill(one.victim, () => world.go());
  else world.go();
  const ended = await world.ended(restoreId, ENDED_WITHIN_MS);
  await world.protected();
  const problems = await judge(ended);
  const gaps = (await world.gaps()) - gapsBefore;
  if (gaps > mostGaps(one, ended.status)) tally.lost.push(`${name}: ${gaps} gaps (${restoreId})`);
  problems.push(...world.leftovers().map((left) => `left behind: ${left}`));
  const cause = ended.error ? ` ${ended.error.message}` : "";
  tally.halfway.push(...problems.map((problem) => `${name}: ${problem} (${restoreId}${cause})`));
  const counted = isReached ? tally.kills : tally.missed;
  counted[name] = (counted[name] ?? 0) + 1;
  tally.ends[ended.status] = (tally.ends[ended.status] ?? 0) + 1;
  const took = Math.round(performance.now() - startedMs);
  process.stdout.write(`${name}${isReached ? "" : " was not reached"}: ${ended.status}${cause} ${took} ms\n`);
  return isReached ? 1 : 0;
}

/**
 * With the supervisor reader and keepers end, each for itself, while pages that were handed over are still being written: then
 * nobody holds the log, and the restore's own commit may be found by comparing, as one gap that is told.
 */
function mostGaps({ victim }: StageCase, status: string): number {
  return victim === "supervisor" && status === "completed" ? 1 : 0;
}

function rarest(cases: readonly StageCase[], { kills, missed }: Tally, chance: Chance): StageCase | null {
  const times = (one: StageCase) => (kills[nameOf(one)] ?? 0) + 3 * (missed[nameOf(one)] ?? 0);
  const fewest = Math.min(...cases.map(times));
  const left = cases.filter((one) => times(one) === fewest);
  return left.length === 0 ? null : chance.pick(left);
}

function readTally(file: string | null): Tally {
  const empty: Tally = { kills: {}, missed: {}, lost: [], halfway: [], ends: {} };
  return file !== null && existsSync(file) ? { ...empty, ...(JSON.parse(readFileSync(file, "utf8")) as Tally) } : empty;
}

function writeTally(file: string | null, tally: Tally): void {
  if (file === null) return;
  writeFileSync(`${file}.new`, JSON.stringify(tally, null, 1));
  renameSync(`${file}.new`, file);
}

function summary(tally: Tally, killsInThisRun: number, { seed }: StageOptions): CrashReport {
  const by = (part: number) => {
    const counts: Record<string, number> = {};
    for (const [name, count] of Object.entries(tally.kills)) {
      const key = name.split("/")[part] ?? "";
      counts[key] = (counts[key] ?? 0) + count;
    }
    return counts;
  };
  return {
    kills: Object.values(tally.kills).reduce((sum, count) => sum + count, 0),
    lost: tally.lost.length,
    halfway: tally.halfway.length,
    cases: Object.keys(tally.kills).length,
    targets: by(0),
    stages: by(1),
    victims: by(3),
    ends: tally.ends,
    missed: Object.keys(tally.missed),
    found: [...tally.lost, ...tally.halfway],
    killsInThisRun,
    seed,
  };
}
