import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { FAILED_KEPT_DAYS, MOST_FAILED } from "../../domain/retention.ts";

const DAY_MS = 86_400_000n;
/** So many rows go in one run at most. */
const A_RUN = 1000;

/**
 * Removes the rows of backups of an agent's databases that failed or were cancelled, once they are old or too many, and nothing of
 * them is stored. The audit log goes on telling of them. Answers how many.
 */
export async function forgetFailedBackups(agentId: string): Promise<number> {
  const ended = { status: { in: ["failed", "cancelled"] }, objectPrefix: null, database: { agentId } };
  const old = { ...ended, finishedAtMs: { lt: nowMs() - BigInt(FAILED_KEPT_DAYS) * DAY_MS } };
  let { count } = await metadata().backup.deleteMany({ where: old });
  const crowds = await metadata().backup.groupBy({
    by: ["databaseId"],
    where: ended,
    having: { databaseId: { _count: { gt: MOST_FAILED } } },
  });
  for (const { databaseId } of crowds) {
    const beyond = await metadata().backup.findMany({
      where: { ...ended, databaseId },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      skip: MOST_FAILED,
      take: A_RUN,
      select: { id: true },
    });
    const gone = await metadata().backup.deleteMany({ where: { id: { in: beyond.map(({ id }) => id) } } });
    count += gone.count;
  }
  return count;
}
