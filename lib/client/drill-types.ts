import type { DrillAim, DrillAssertion, DrilledMoment, DrillStatus, DrillTrigger } from "../domain/drill.ts";

/** One drill, as our own REST routes answer it. Times are Unix milliseconds, sizes bytes. */
export type DrillView = {
  id: string;
  databaseId: string;
  trigger: DrillTrigger;
  status: DrillStatus;
  aims: DrillAim[];
  /** While it runs. */
  progress: { stage: string; done: number; total: number } | null;
  /** What came of each moment; empty until it has ended. */
  moments: DrilledMoment[];
  /** Of the slowest moment: milliseconds until the restored state could be used. */
  recoveryMs: number | null;
  /** The newest moment that it has proven can be had. */
  provenTimeMs: number | null;
  sizeBytes: number | null;
  hasReceipt: boolean;
  error: { code: string; message: string; hint: string | null } | null;
  createdAtMs: number;
  createdByName: string | null;
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** Until when what a failed one left is kept on the agent's machine. */
  evidenceUntilMs: number | null;
};

/** The newest drill that passed: the proof that a restore of this database works. */
export type ProvenRestore = { drillId: string; atMs: number; recoveryMs: number; timeMs: number; sizeBytes: number };

export type DrillPlanView = {
  active: boolean;
  cron: string;
  zone: string;
  aims: DrillAim[];
  assertions: DrillAssertion[];
  version: number;
  nextRunMs: number | null;
  updatedAtMs: number;
  updatedBy: string | null;
};

/** A page of drills, newest first; `next` is the id that goes on from there, null at the end. */
export type DrillsView = {
  drills: DrillView[];
  next: string | null;
  /** Null: none is run by itself. */
  plan: DrillPlanView | null;
  proven: ProvenRestore | null;
};
