import type { Logger } from "pino";
import type { BudgetedHistory } from "../domain/disk-budget.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { Env } from "../env.ts";
import { queuePruning } from "../services/agents/queue-pruning.ts";
import { noteDiskState, readDiskLimits, readDiskState, readPromises } from "../services/disk-budget/note-state.ts";
import { listEvidence, noteEvidenceGone } from "../services/drills/carry-out.ts";
import { BudgetRounds } from "./budget-rounds.ts";
import { DiskUsage } from "./disk-usage.ts";
import type { Downloads } from "./downloads.ts";
import { throwawayOf } from "./handlers/run-drill.ts";
import type { OwnedDatabases } from "./owned-databases.ts";

export type BudgetMeans = {
  agentId: string;
  env: Env;
  engine: OwnedEngine;
  databases: OwnedDatabases;
  downloads(): Downloads;
  wake(): void;
  log: Logger;
};

/** The disk budget of this agent; look with `open` before capture begins. */
export function openBudget({ agentId, env, engine, databases, downloads, wake, log }: BudgetMeans): BudgetRounds {
  const usage = new DiskUsage(env.paths);
  const environment = { budgetBytes: env.diskBudgetBytes, floorBytes: env.diskFloorBytes };
  return new BudgetRounds({
    measure: (forMs) => usage.measure(forMs),
    free: () => usage.free(),
    readSettings: (sizeBytes) => readDiskLimits(agentId, environment, sizeBytes),
    readState: () => readDiskState(agentId),
    noteState: (state) => noteDiskState(agentId, environment, state),
    async histories(sizes, withOldest) {
      const promises = await readPromises(agentId);
      const histories: BudgetedHistory[] = [];
      for (const one of promises) {
        const oldestMs = withOldest ? await oldestOf(one.databaseId) : null;
        histories.push({ ...one, historyBytes: sizes.get(one.databaseId) ?? 0, oldestMs });
      }
      return histories;
    },
    async clearThrowaways() {
      downloads().clear();
      for (const { id, databaseId, aims } of await listEvidence({ agentId })) {
        const db = await databases.get(databaseId);
        for (const aim of aims) await engine.drills.clear(db, throwawayOf(id, aim));
        await noteEvidenceGone(id);
      }
    },
    clearCaches: async () => engine.room.clearCaches(await databases.toCapture()),
    dropSetAside: async () => engine.room.dropSetAside(await databases.toCapture()),
    async queuePruning(databaseId, keepFromMs, step) {
      const isQueued = await queuePruning(agentId, databaseId, { keepFromMs, step });
      if (isQueued) wake();
      return isQueued;
    },
    pauseCapture: (why) => engine.room.pauseCapture(why),
    log,
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
  });

  /** Null where nothing was captured yet, or the history cannot be read. */
  async function oldestOf(databaseId: string): Promise<number | null> {
    try {
      return (await engine.window(await databases.get(databaseId))).oldest?.timeMs ?? null;
    } catch (error) {
      if (error instanceof LastgoodError) return null;
      throw error;
    }
  }
}
