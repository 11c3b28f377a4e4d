import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { addCounts, type Counts, noCounts } from "./counts.ts";
import type { SeedResult } from "./run-seed.ts";

/** What all runs that named the same file have done together. */
export type Tally = { counts: Counts; failures: { seed: number; problem: string; trace: string | null }[] };

/** Adds one seed's result to a tally's file. */
export function addToTally(file: string, { seed, counts, problem, trace }: SeedResult): void {
  const tally = readTally(file);
  addCounts(tally.counts, counts);
  if (problem !== null) tally.failures.push({ seed, problem, trace });
  writeFileSync(`${file}.new`, `${JSON.stringify(tally, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function readTally(file: string): Tally {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Tally;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { counts: noCounts(), failures: [] };
    throw error;
  }
}
