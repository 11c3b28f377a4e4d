import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

/** Writes down at a backup that a restore from it has completed, in the transaction in which it does. */
export async function noteRestored(tx: MetadataTransaction, { backupId }: { backupId: string | null }): Promise<void> {
  if (backupId === null) return;
  await tx.backup.updateMany({ where: { id: backupId }, data: { restoredAtMs: nowMs() } });
}
