import { metadata } from "../../db/client.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";

/** Queues the pruning of each of an agent's databases that has none waiting or running. Answers how many. */
export async function queuePruning(agentId: string): Promise<number> {
  const databases = await metadata().database.findMany({
    where: { agentId, deletedAtMs: null, state: "active" },
    select: { id: true },
  });
  let queued = 0;
  for (const { id } of databases) {
    const added = await transact(async (tx) => {
      const open = { databaseId: id, kind: "database.prune", status: { in: ["queued", "running"] } };
      if (await tx.job.findFirst({ where: open, select: { id: true } })) return false;
      await createJob(tx, { agentId, databaseId: id }, { kind: "database.prune", payload: { databaseId: id } });
      return true;
    });
    if (added) queued += 1;
  }
  return queued;
}
