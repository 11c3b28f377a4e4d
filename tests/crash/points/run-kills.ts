import { Chance } from "../apply-torture.ts";
import type { CrashOptions, CrashReport } from "../run.ts";
import { KILL_POINTS } from "./kill-points.ts";
import { KillScenes } from "./kill-scenes.ts";
import { KillTally } from "./kill-tally.ts";
import { KillWorld } from "./kill-world.ts";
import type { Protection } from "./leave-out.ts";

const PAGE_SIZES = [4096, 512, 1024, 8192, 65536, 2048, 16384];
/** Kills after which everything begins anew, with other page sizes. */
const KILLS_PER_WORLD = 100;
/** A point that is not reached so often in a row is given up for this run, and said to be missed. */
const MOST_TRIES = 3;

export type KillOptions = CrashOptions & {
  /** The protection that a control leaves out. */
  leftOut?: Protection;
};

/** Kills processes of the engine at their points, evenly, as the seed says, under foreign load; tells what came of it. */
export async function runKills(options: KillOptions): Promise<CrashReport> {
  const run = new KillRun(options);
  while (run.goesOn()) await run.inOneWorld();
  return run.report();
}

class KillRun {
  readonly #options: KillOptions;
  readonly #tally: KillTally;
  readonly #chance: Chance;
  readonly #points: readonly string[];
  readonly #startedMs = performance.now();
  readonly #secondsBefore: number;
  /** Tries in vain, by point. */
  readonly #missed = new Map<string, number>();
  #kills = 0;
  #worlds = 0;

  constructor(options: KillOptions) {
    this.#options = options;
    this.#tally = new KillTally(options.tally);
    this.#secondsBefore = this.#tally.counts.seconds;
    this.#chance = new Chance(options.seed);
    this.#points = options.points ?? Object.keys(KILL_POINTS);
  }

  goesOn(): boolean {
    const { count, seconds } = this.#options;
    return this.#kills < count && (seconds === null || this.#seconds() < seconds) && this.#rarest() !== null;
  }

  async inOneWorld(): Promise<void> {
    const { seed, control, leftOut } = this.#options;
    const pageSizes = [PAGE_SIZES[(seed + this.#worlds++) % PAGE_SIZES.length] ?? 4096];
    const leave = control ? (leftOut ?? "early") : null;
    const world = await KillWorld.begin({ seed: seed + this.#worlds * 1000, pageSizes, control: leave });
    try {
      const scenes = new KillScenes(world, this.#chance);
      for (let kills = 0; kills < KILLS_PER_WORLD && this.goesOn() && !world.isBroken; )
        kills += await this.#kill(world, scenes);
      if (!world.isBroken) await world.finish();
    } catch (error) {
      world.findings.lost.push(String(error instanceof Error ? error.stack : error));
    } finally {
      const { lost, halfway } = world.findings;
      this.#tally.counts.lost.push(...lost);
      this.#tally.counts.halfway.push(...halfway);
      for (const finding of [...lost, ...halfway]) process.stdout.write(`found: ${finding}\n`);
      this.#save();
      await world.close(process.env.LASTGOOD_TEST_KEEP !== undefined && world.isBroken);
    }
  }

  report(): CrashReport {
    const missed = Object.fromEntries(this.#missed);
    return { ...this.#tally.summary(), killsInThisRun: this.#kills, missed, seed: this.#options.seed };
  }

  /** One kill, or one try in vain; how many processes died. */
  async #kill(world: KillWorld, scenes: KillScenes): Promise<number> {
    const point = this.#rarest();
    if (point === null) return 0;
    const startedMs = performance.now();
    await scenes.play(point, this.#chance.next() < 0.5);
    const deaths = world.takeDeaths();
    for (const death of deaths) this.#tally.add(death);
    this.#kills += deaths.length;
    const isReached = deaths.some((death) => death.split(" ")[0] === point);
    if (isReached) this.#missed.delete(point);
    else this.#missed.set(point, (this.#missed.get(point) ?? 0) + 1);
    const took = Math.round(performance.now() - startedMs);
    process.stdout.write(`${this.#kills} ${point} ${isReached ? "" : "was not reached "}${took} ms\n`);
    this.#save();
    return deaths.length;
  }

  /** A point with the fewest kills so far; null when every one of them was tried in vain. */
  #rarest(): string | null {
    const left = this.#points.filter((point) => (this.#missed.get(point) ?? 0) < MOST_TRIES);
    // A try in vain goes to the end of the line.
    const turn = (point: string) => this.#tally.killsAt(point) + (this.#missed.get(point) ?? 0);
    const fewest = Math.min(...left.map(turn));
    const rarest = left.filter((point) => turn(point) === fewest);
    return rarest.length === 0 ? null : this.#chance.pick(rarest);
  }

  #seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  #save(): void {
    this.#tally.counts.seconds = this.#secondsBefore + this.#seconds();
    this.#tally.save();
  }
}
