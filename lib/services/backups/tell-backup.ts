import type { MetadataTransaction } from "../../db/client.ts";
import { emitEvent } from "../events/emit-event.ts";
import type { BackupRow } from "./find-backup.ts";

/** Tells of a backup's end, in the transaction in which it ends; `backup` is its row as it is then. */
export async function tellBackup(
  tx: MetadataTransaction,
  type: "backup.completed" | "backup.failed",
  backup: Omit<BackupRow, "store">,
): Promise<void> {
  const { id, name, parentId } = await tx.database.findUniqueOrThrow({ where: { id: backup.databaseId } });
  await emitEvent(tx, {
    namespaceId: backup.namespaceId,
    databaseId: backup.databaseId,
    type,
    data: {
      backup: {
        id: backup.id,
        key: backup.key,
        label: backup.label,
        kind: backup.kind,
        trigger: backup.trigger,
        status: backup.status,
        size_bytes: backup.sizeBytes === null ? null : Number(backup.sizeBytes),
        created_at: toTimestamp(backup.createdAtMs),
        finished_at: backup.finishedAtMs === null ? null : toTimestamp(backup.finishedAtMs),
        ...(backup.errorCode !== null && { error: { code: backup.errorCode, message: backup.errorMessage } }),
      },
      database: { id, name },
      project: { id: parentId ?? id },
    },
  });
}

const toTimestamp = (timeMs: bigint) => new Date(Number(timeMs)).toISOString();
