import type { Run } from "../../engines/engine.ts";
import { completeBackupPurge, findBackupsOf, findPurgeable } from "../../services/backups/purge-backup.ts";
import type { CallContext } from "../../services/call-context.ts";
import type { BackupStores } from "../backup-stores.ts";

/** Removes the bytes of a backup whose grace period is over. A deletion that was taken back leaves nothing to do here. */
export async function purgeBackup(ctx: CallContext, backupId: string, stores: BackupStores): Promise<void> {
  const place = await findPurgeable(backupId);
  if (!place) return;
  await stores.remove(backupId, place);
  await completeBackupPurge(ctx, backupId);
}

/** Removes all backups of a database that is removed for good. May be repeated. */
export async function purgeBackupsOf(
  ctx: CallContext,
  databaseId: string,
  stores: BackupStores,
  run: Run,
): Promise<void> {
  const backups = await findBackupsOf(databaseId);
  for (const [i, { id, place }] of backups.entries()) {
    run.signal.throwIfAborted();
    await stores.remove(id, place);
    await completeBackupPurge(ctx, id);
    run.progress("remove", i + 1, backups.length);
  }
}
