import type { MetadataTransaction } from "../../db/client.ts";
import { queuePushes } from "../integrations/queue-pushes.ts";
import { toStoredError } from "../restores/to-restore-view.ts";
import { emitEvent } from "./emit-event.ts";

/**
 * Tells of a restore that has completed or failed, in the transaction that ends it; one that was cancelled was wanted and is no
 * event. What changed the project's own state has the variables of its deployments pushed again.
 */
export async function emitRestoreEvent(tx: MetadataTransaction, restoreId: string): Promise<void> {
  const row = await tx.restore.findUniqueOrThrow({
    where: { id: restoreId },
    include: { database: { select: { name: true, namespaceId: true } } },
  });
  if (row.status !== "completed" && row.status !== "failed") return;
  const { namespaceId } = row.database;
  const error = toStoredError(row);
  await emitEvent(tx, {
    namespaceId,
    databaseId: row.databaseId,
    type: row.status === "completed" ? "restore.completed" : "restore.failed",
    data: {
      restore: {
        id: row.id,
        status: row.status,
        target_kind: row.targetKind,
        target_database_id: row.targetDatabaseId,
        target_name: row.targetName,
        source_kind: row.sourceKind,
        backup_id: row.backupId,
        undo_of: row.undoOf,
        restored_to: instantOf(row.reachedTimeMs ?? row.toTimeMs),
        bookmark: row.reachedBookmark ?? row.toBookmark,
        requested_by: row.requestedByName,
        finished_at: instantOf(row.finishedAtMs),
        ...(error && { error: { code: error.code, message: error.message } }),
      },
      database: { id: row.databaseId, name: row.database.name },
    },
  });
  if (row.status === "completed") await queuePushes(tx, { namespaceId, restore: row });
}

function instantOf(ms: bigint | null): string | null {
  return ms === null ? null : new Date(Number(ms)).toISOString();
}
