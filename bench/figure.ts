import type { BenchWorld } from "./bench-world.ts";

/** How a ratio came out over the rounds. */
export type Spread = { min: number; median: number; max: number };

/** One row of the report. */
export type Figure = {
  name: string;
  value: number;
  /** Of value and baseline, as in `ms`, `commits/s`, `% of a core`; empty for plain ratios. */
  unit: string;
  /** The same without Lastgood, from the same interleaved runs; null where there is nothing to compare with. */
  baseline: number | null;
  /** Value over baseline, one for each round. */
  ratio: Spread | null;
  /** As people read it, `<= 5 ms`; null: the figure is told and has no goal. */
  goal: string | null;
  isMet: boolean | null;
  /** How it was counted; for a miss what stands in the way. */
  note: string;
};

/** One measurement: a file of its own, listed in run.ts. It attaches what it needs to the world's Lastgood. */
export type Measurement = (world: BenchWorld) => Promise<Figure[]>;

/** The value below which the given share lies. @param sorted ascending */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function ascending(values: Iterable<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

export function medianOf(values: readonly number[]): number {
  return percentile(ascending(values), 0.5);
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { min: sorted[0] ?? Number.NaN, median: percentile(sorted, 0.5), max: sorted.at(-1) ?? Number.NaN };
}

/** Value over baseline, round by round. */
export function ratioOf(values: readonly number[], baselines: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / (baselines[round] ?? Number.NaN)));
}
