import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";

/** A run that stood still may go on storing for so long after its backup was given up. */
const SURELY_ENDED_MS = 60n * 60_000n;
/** A removal that failed is tried again after so long, so that a store that is down holds up nobody else's. */
const AGAIN_AFTER_MS = 60n * 60_000n;

const NEVER_COMPLETED = ["failed", "cancelled"];

/** Of which something may lie in a store and nobody may want it any more: deleted for good, or never completed. */
function isRemovable(now: bigint) {
  return {
    purgedAtMs: null,
    OR: [
      { deletedAtMs: { not: null }, purgeAfterMs: { lte: now } },
      {
        deletedAtMs: null,
        status: { in: NEVER_COMPLETED },
        objectPrefix: { not: null },
        finishedAtMs: { lte: now - SURELY_ENDED_MS },
      },
    ],
  };
}

/**
 * Queues the removal of an agent's databases' deleted backups whose grace period is over, and of what failed ones have left behind,
 * the oldest first, at most `limit` at any time. Those whose removal failed come again an hour later. Answers how many were queued.
 */
export function queueBackupPurges(agentId: string, limit: number): Promise<number> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const open = await tx.job.findMany({
      where: { agentId, kind: "backup.purge", status: { in: ["queued", "running"] } },
      select: { payload: true },
    });
    const failed = await tx.job.findMany({
      where: { agentId, kind: "backup.purge", status: "failed", finishedAtMs: { gt: now - AGAIN_AFTER_MS } },
      select: { payload: true },
    });
    const tried = [...open, ...failed].map(({ payload }) => (JSON.parse(payload) as { backupId: string }).backupId);
    const due = await tx.backup.findMany({
      where: { database: { agentId }, id: { notIn: tried }, ...isRemovable(now) },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
      take: Math.max(0, limit - open.length),
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
  const now = await storeNowMs();
  const row = await metadata().backup.findFirst({ where: { id: backupId, ...isRemovable(now) } });
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

/** Writes down that nothing is left of a backup but its row; one that failed is told of for a while longer. */
export async function completeBackupPurge(ctx: CallContext, backupId: string): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.backup.findUniqueOrThrow({ where: { id: backupId } });
    if (row.purgedAtMs !== null) return;
    // Any other was deleted, or its database is removed: then nothing of it may ever be stored again either.
    const isLeftover = row.deletedAtMs === null && NEVER_COMPLETED.includes(row.status);
    const data = isLeftover ? { objectPrefix: null } : { purgedAtMs: nowMs() };
    await tx.backup.update({ where: { id: backupId }, data });
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
