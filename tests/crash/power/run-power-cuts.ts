import { removeLeftDisks, whyNoPowerCuts } from "./cuttable-disk.ts";
import { premiseHolds, provePremise } from "./power-premise.ts";
import { PowerSeries } from "./power-series.ts";
import { emptyTally, type PowerTally, readTally, writeTally } from "./power-tally.ts";
import type { Control } from "./power-world.ts";

export type PowerOptions = {
  /** Cuts that this run makes. */
  count: number;
  seed: number;
  /** A JSON file that goes on counting over several runs; null: none. */
  tally: string | null;
  /** No new cut begins later than this; null: no limit. */
  seconds?: number | null;
  /** Only the controls: what is lost when a protection is left out. `lost` is that of the control that lost least. */
  control: boolean;
};

export type PowerReport = Omit<PowerTally, "places" | "seeds"> & {
  /** Why power cannot be cut here; null when it was. */
  skipped: string | null;
  seed: number;
  /** What each control lost in this run. */
  controls: Partial<Record<Exclude<Control, null>, number>>;
  problems: string[];
};

const ROUNDS_OF_A_WORLD = 12;
const ROUNDS_OF_A_CONTROL = 4;
const MOST_PROBLEMS = 10;

/**
 * Cuts the power `count` times; a line for each goes to standard error. It is preceded by the proof that a cut loses
 * what was not synced, and by two controls that must lose something: without the history's syncs, and without
 * those of its directories.
 */
export async function runPowerCuts({ count, seed, tally, seconds, control }: PowerOptions): Promise<PowerReport> {
  const total = readTally(tally);
  const controls: PowerReport["controls"] = {};
  const report = (skipped: string | null, problems: string[]): PowerReport => {
    const { places: _places, seeds: _seeds, ...counts } = total;
    return { ...counts, skipped, seed, controls, problems: problems.slice(0, MOST_PROBLEMS) };
  };
  removeLeftDisks();
  const skipped = whyNoPowerCuts();
  if (skipped) return report(skipped, []);
  const deadlineMs = seconds ? performance.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
  const premise = await provePremise();
  if (!premiseHolds(premise)) return report(`cuts prove nothing here: ${JSON.stringify(premise)}`, []);
  for (const left of ["history sync", "directory sync"] as const) {
    controls[left] = await runControl(left, seed);
    if (controls[left] === 0) return report(null, [`without the ${left} nothing was lost`]);
  }
  if (control) return { ...report(null, []), lost: Math.min(...Object.values(controls)) };
  let left = count;
  let problems: string[] = [];
  for (let number = 0; left > 0 && problems.length === 0 && performance.now() < deadlineMs; number++) {
    total.seeds.push(seed + number);
    const series = new PowerSeries(seed + number, null, total);
    const result = await series.run(Math.min(left, ROUNDS_OF_A_WORLD), deadlineMs);
    left -= result.cuts;
    problems = result.problems;
    if (tally) writeTally(tally, total);
  }
  return report(null, problems);
}

async function runControl(control: Exclude<Control, null>, seed: number): Promise<number> {
  const total = emptyTally();
  await new PowerSeries(seed, control, total).run(ROUNDS_OF_A_CONTROL, Number.POSITIVE_INFINITY);
  return total.lost;
}
