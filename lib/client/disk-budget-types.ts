import type { BudgetStep, DiskLevel, DiskPart } from "../domain/disk-budget.ts";

/** How the disk of one agent stands, as our own REST routes answer it. Sizes are bytes, times Unix milliseconds. */
export type DiskBudgetView = {
  agentId: string;
  region: string;
  /** What people set; null: nothing. `version` is 0 where nobody has. */
  set: { budgetBytes: number | null; floorBytes: number | null; leastDays: number | null; version: number };
  /** What counts by it and by the agent's environment. */
  limits: { budgetBytes: number | null; floorBytes: number; leastDays: number };
  /** Why these people may not set it here; null: they may. */
  fixedBecause: string | null;
  /** Null before it was measured for the first time. */
  measured: {
    atMs: number;
    level: DiskLevel;
    sinceMs: number;
    /** Of `limitBytes`, 1 and more: all of it. */
    share: number;
    limitBytes: number;
    boundBy: "budget" | "floor";
    countedBytes: number;
    freeBytes: number;
    sizeBytes: number;
    databaseBytes: number;
    parts: { part: DiskPart; bytes: number }[];
    /** Histories of this namespace's databases, the largest first. */
    histories: { databaseId: string; name: string; historyBytes: number; oldestMs: number | null }[];
    bytesPerDay: number | null;
    /** Days until the limit at the present rate; null: not known, or never. */
    daysLeft: number | null;
    captureStoppedSinceMs: number | null;
    /** What gives way, in this order: from which share on, and how much would come back; null: not known before. */
    plan: { step: BudgetStep; what: string; means: string; from: number; isDue: boolean; bytes: number | null }[];
    /** The newest first; `name` of this namespace's databases. */
    gave: { atMs: number; step: BudgetStep; name: string | null; bytes: number }[];
  } | null;
};

export type DiskBudgetsView = { agents: DiskBudgetView[] };

/** What is set; null: what the agent's environment says, or what is usual. */
export type DiskBudgetBody = {
  budgetBytes: number | null;
  floorBytes: number | null;
  leastDays: number | null;
  version: number;
};
