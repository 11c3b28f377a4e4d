import { storeNowMs } from "../../db/store-time.ts";
import { purgeTimeOf } from "../databases/bury-database.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";

/**
 * Queues the removal of an agent's databases whose grace period is over, the oldest first, at most `limit` of them at any
 * time. Those whose removal broke off come again. Answers how many were queued and how many wait for the next time.
 */
export function queuePurges(agentId: string, limit: number): Promise<{ queued: number; waiting: number }> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const undated = await tx.database.findMany({
      where: { agentId, state: "deleted", deletedAtMs: { not: null }, purgeAfterMs: null },
    });
    // Deleted before there was a grace period: it begins now.
    for (const { id } of undated) {
      await tx.database.update({ where: { id }, data: { purgeAfterMs: purgeTimeOf(now) } });
    }
    const open = await tx.job.findMany({
      where: { agentId, kind: "database.purge", status: { in: ["queued", "running"] } },
      select: { databaseId: true },
    });
    const due = await tx.database.findMany({
      where: {
        agentId,
        OR: [{ state: "deleted", deletedAtMs: { not: null }, purgeAfterMs: { lte: now } }, { state: "purging" }],
        id: { notIn: open.flatMap(({ databaseId }) => databaseId ?? []) },
      },
      orderBy: [{ purgeAfterMs: "asc" }, { id: "asc" }],
      select: { id: true },
    });
    const chosen = due.slice(0, Math.max(0, limit - open.length));
    for (const { id } of chosen) {
      await createJob(tx, { agentId, databaseId: id }, { kind: "database.purge", payload: { databaseId: id } });
    }
    return { queued: chosen.length, waiting: due.length - chosen.length };
  });
}
