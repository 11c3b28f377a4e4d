import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";

/**
 * Queues the removal of deleted backups of an agent's databases whose grace period is over, the oldest first, at most `limit` at
 * any time. Those whose removal broke off come again. Answers how many were queued.
 */
export function queueBackupPurges(agentId: string, limit: number): Promise<number> {
  return transact(async (tx) => {
    const open = await tx.job.findMany({
      where: { agentId, kind: "backup.purge", status: { in: ["queued", "running"] } },
      select: { payload: true },
    });
    const queued = open.map(({ payload }) => (JSON.parse(payload) as { backupId: string }).backupId);
    const due = await tx.backup.findMany({
      where: {
        database: { agentId },
        deletedAtMs: { not: null },
        purgeAfterMs: { lte: nowMs() },
        purgedAtMs: null,
        id: { notIn: queued },
      },
      orderBy: [{ deletedAtMs: "asc" }, { id: "asc" }],
      take: Math.max(0, limit - queued.length),
      select: { id: true },
    });
    for (const { id } of due) {
      await createJob(tx, { agentId, databaseId: null }, { kind: "backup.purge", payload: { backupId: id } });
    }
    return due.length;
  });
}

/** Where the bytes of a backup lie whose removal is due; null when that was taken back, or nothing is left. */
export async function findPurgeable(backupId: string): Promise<BackupPlace | null> {
  const row = await metadata().backup.findFirst({
    where: { id: backupId, deletedAtMs: { not: null }, purgeAfterMs: { lte: nowMs() }, purgedAtMs: null },
  });
  return row ? placeOf(row) : null;
}

/** The backups of a database that is removed for good, whatever became of them, of which bytes may be left. */
export async function findBackupsOf(databaseId: string): Promise<{ id: string; place: BackupPlace }[]> {
  const rows = await metadata().backup.findMany({
    where: { databaseId, purgedAtMs: null },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => ({ id: row.id, place: placeOf(row) }));
}

/** Writes down that nothing is left of a backup but its row. */
export async function completeBackupPurge(ctx: CallContext, backupId: string): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.backup.findUniqueOrThrow({ where: { id: backupId } });
    if (row.purgedAtMs !== null) return;
    await tx.backup.update({ where: { id: backupId }, data: { purgedAtMs: nowMs() } });
    await writeAuditEntry(tx, ctx, {
      action: "backup.purge",
      outcome: "done",
      namespaceId: row.namespaceId,
      actorName: null,
      target: { kind: "backup", id: backupId },
      detail: { databaseId: row.databaseId, key: row.key, deletedBy: row.deletedBy, because: row.deletedBecause },
    });
  });
}
