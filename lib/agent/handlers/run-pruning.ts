import { type BudgetedHistory, type PruningStep, withinPromises } from "../../domain/disk-budget.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { OwnedEngine } from "../../engines/owned-engine.ts";
import type { BudgetRounds } from "../budget-rounds.ts";

const DAY_MS = 24 * 60 * 60_000;

export type PruningMeans = {
  engine: Pick<OwnedEngine, "prune">;
  database(id: string): Promise<ProtectedDatabase>;
  budget: Pick<BudgetRounds, "isClockSteady" | "leastDays" | "noteGiven">;
  promises(): Promise<Pick<BudgetedHistory, "databaseId" | "leastWindowDays" | "neededFromMs">[]>;
};

/**
 * Drops what is beyond a database's window, and where the disk's budget asks for it what is older than `keepFromMs`, Unix milliseconds: no more
 * than what is promised by now allows. While the wall clock has jumped nothing goes.
 */
export async function runPruning(
  {
    databaseId,
    keepFromMs = null,
    step,
  }: { databaseId: string; keepFromMs?: number | null | undefined; step?: PruningStep | undefined },
  { engine, database, budget, promises }: PruningMeans,
  run: Run,
): Promise<void> {
  const db = await database(databaseId);
  if (!budget.isClockSteady) return;
  const nowMs = Date.now();
  const promise = keepFromMs === null ? undefined : (await promises()).find((one) => one.databaseId === db.id);
  const askedMs =
    keepFromMs === null || !promise
      ? 0
      : withinPromises(keepFromMs, promise, { leastDays: await budget.leastDays(), nowMs });
  const { removedBytes } = await engine.prune(db, Math.max(askedMs, nowMs - db.windowDays * DAY_MS), run);
  if (step) budget.noteGiven(step, db.id, removedBytes);
}
