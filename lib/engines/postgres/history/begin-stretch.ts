import { randomBytes } from "node:crypto";
import type { ClusterHistory, Incarnation, Stretch } from "./cluster-history.ts";

export type ServerFacts = Pick<
  ClusterHistory,
  "databaseId" | "systemIdentifier" | "serverVersion" | "segmentBytes" | "superuser"
>;

/** What is kept of a cluster before anything is: a tag of its own, and neither incarnations nor stretches. */
export function emptyHistory(facts: ServerFacts): ClusterHistory {
  return { version: 1, ...facts, tag: randomBytes(8).toString("hex"), incarnations: [], stretches: [], gaps: [] };
}

export type StretchBeginning = {
  timeline: number;
  slot: string;
  /** Only commits from here on are of the new stretch. */
  startLsn: string;
  startedAtMs: number;
  /** Where the stretch before ended. */
  previousEnd: { lsn: string; timeMs: number } | null;
  parent: Incarnation["parent"];
  restoreId: string | null;
  origin: string | null;
};

export function nextIncarnation({ incarnations }: ClusterHistory): number {
  return Math.max(0, ...incarnations.map(({ number }) => number)) + 1;
}

/** The incarnation and the stretch that go on now; null before the first. */
export function current(history: ClusterHistory): { incarnation: Incarnation; stretch: Stretch } | null {
  const stretch = history.stretches.at(-1);
  const incarnation = history.incarnations.find(({ number }) => number === stretch?.incarnation);
  return stretch && incarnation ? { incarnation, stretch } : null;
}

/** The history with a new incarnation and the stretch that begins with it; the one before ends where `previousEnd` says. */
export function beginStretch(history: ClusterHistory, beginning: StretchBeginning): ClusterHistory {
  const { timeline, slot, startLsn, startedAtMs, previousEnd, parent, restoreId, origin } = beginning;
  const incarnation = nextIncarnation(history);
  const stretches = history.stretches.map((stretch) =>
    stretch.endLsn === null && previousEnd
      ? { ...stretch, endLsn: previousEnd.lsn, endedAtMs: previousEnd.timeMs }
      : stretch,
  );
  const activation = Math.max(0, ...stretches.map((stretch) => stretch.activation)) + 1;
  return {
    ...history,
    incarnations: [...history.incarnations, { number: incarnation, parent, timeline, slot, createdAtMs: startedAtMs }],
    stretches: [
      ...stretches,
      { activation, incarnation, timeline, startedAtMs, startLsn, endedAtMs: null, endLsn: null, restoreId, origin },
    ],
  };
}
