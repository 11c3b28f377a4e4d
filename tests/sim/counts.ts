/** What a run did and found; all of it is added up over runs in a tally. */
export type Counts = Record<CountName, number>;
export type CountName = (typeof COUNT_NAMES)[number];

export const COUNT_NAMES = [
  "seeds",
  "steps",
  "transactions",
  "commits",
  "bookmarksCompared",
  "pagesCompared",
  "timesAsked",
  "timesAskedAgain",
  "wakes",
  "gaps",
  "commitsInGaps",
  "heals",
  "readerCrashes",
  "readerRestarts",
  "keeperKills",
  "keeperPairsLost",
  "writerKills",
  "checkpoints",
  "vacuums",
  "shrinks",
  "lastCloses",
  "clockJumps",
  "prunes",
  "prunesDied",
  "sealedSegments",
  "restores",
  "undos",
  "lockByteWorlds",
  "lockByteCrossings",
  "mismatches",
] as const;

export function noCounts(): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, 0])) as Counts;
}

export function addCounts(to: Counts, more: Partial<Counts>): void {
  for (const name of COUNT_NAMES) to[name] = (to[name] ?? 0) + (more[name] ?? 0);
}
