import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";

/** Queues the pruning of one database, unless one of this agent's is waiting or running. Answers whether it did. */
export async function queuePruning(agentId: string, databaseId: string): Promise<boolean> {
  return transact(async (tx) => {
    const open = { agentId, kind: "database.prune", status: { in: ["queued", "running"] } };
    if (await tx.job.findFirst({ where: open, select: { id: true } })) return false;
    await createJob(tx, { agentId, databaseId }, { kind: "database.prune", payload: { databaseId } });
    return true;
  });
}
