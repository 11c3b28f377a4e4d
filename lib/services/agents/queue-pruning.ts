import type { PruningStep } from "../../domain/disk-budget.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";

/**
 * Queues the pruning of one database, unless one of this agent's is waiting or running. Answers whether it did.
 * @param budget where the disk's budget asks for it: what is older than `keepFromMs` goes as well, Unix milliseconds
 */
export async function queuePruning(
  agentId: string,
  databaseId: string,
  budget: { keepFromMs: number | null; step: PruningStep } | null = null,
): Promise<boolean> {
  return transact(async (tx) => {
    const open = { agentId, kind: "database.prune", status: { in: ["queued", "running"] } };
    if (await tx.job.findFirst({ where: open, select: { id: true } })) return false;
    await createJob(
      tx,
      { agentId, databaseId },
      {
        kind: "database.prune",
        payload: { databaseId, ...(budget && { keepFromMs: budget.keepFromMs, step: budget.step }) },
      },
    );
    return true;
  });
}
