import type { MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { stopBackup } from "../backups/cancel-backup.ts";
import { systemContext } from "../call-context.ts";
import { createJob } from "../jobs/create-job.ts";
import { endJob } from "../jobs/finish-job.ts";

const DAY_MS = 86_400_000n;

/** When something that is deleted now will be gone for good, Unix milliseconds. */
export function purgeTimeOf(deletedAtMs: bigint): bigint {
  return deletedAtMs + BigInt(readEnv().graceDays) * DAY_MS;
}

/**
 * Makes a database a tombstone: its name is free, its open jobs end, its capture is to end. File and history stay until
 * `purgeAfterMs`. In the transaction of whoever deletes it.
 */
export async function buryDatabase(
  tx: MetadataTransaction,
  { id, agentId }: { id: string; agentId: string },
  { by, atMs, purgeAfterMs = purgeTimeOf(atMs) }: { by: string; atMs: bigint; purgeAfterMs?: bigint },
): Promise<{ purgeAfterMs: bigint }> {
  await tx.database.update({
    where: { id },
    data: {
      nameKey: null,
      state: "deleted",
      deletedAtMs: atMs,
      deletedBy: by,
      purgeAfterMs,
      nextWindowDays: null,
      nextWindowAtMs: null,
    },
  });
  const waiting = await tx.job.findMany({ where: { databaseId: id, status: "queued" } });
  const gone = new LastgoodError("cancelled", "The database was deleted.");
  for (const job of waiting) await endJob(tx, job.id, { ok: false, error: gone, cancelled: true });
  await tx.job.updateMany({ where: { databaseId: id, status: "running" }, data: { cancelAsked: true } });
  const backups = await tx.backup.findMany({ where: { databaseId: id, status: { in: ["queued", "running"] } } });
  for (const backup of backups) await stopBackup(tx, systemContext(`deletion-${id}`), backup, gone);
  await createJob(tx, { agentId, databaseId: id }, { kind: "database.release", payload: { databaseId: id } });
  return { purgeAfterMs };
}
