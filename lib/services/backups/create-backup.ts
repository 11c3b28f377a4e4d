import type { BackupKind, BackupView } from "../../client/backup-types.ts";
import { metadata } from "../../db/client.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { BACKUP_INCLUDE } from "./find-backup.ts";
import { requireRoomToWait } from "./limit-waiting.ts";
import { queueBackup } from "./queue-backup.ts";
import { toBackupView } from "./to-backup-view.ts";

export type CreateBackupInput = {
  namespace: string;
  database: string;
  kind: BackupKind;
  label?: string | undefined;
  /** Of a portable one: tables that are left out, and the schema where one is asked for. */
  excludeTables?: readonly string[] | undefined;
  schema?: string | undefined;
};

/**
 * Queues a backup of a database's newest state and wakes its agent. Throws `not_protected` while there is nothing to store, and
 * `rate_limited` for who has too many waiting.
 */
export async function createBackup(ctx: CallContext, input: CreateBackupInput): Promise<BackupView> {
  const { namespace, database, kind, label, excludeTables, schema } = input;
  const { backupId, owner } = await perform(ctx, "backup.create", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    // It takes a place among those that are kept, and so the place of another one.
    await requireWritable(db, principal, row);
    requireProtected(row);
    await requireRoomToWait(db, { namespaceId: row.namespaceId, userId: principal.userId });
    const backupId = await queueBackup(db, {
      database: row,
      kind,
      label: label ?? null,
      trigger: "manual",
      excludeTables: excludeTables ?? null,
      schemaName: schema ?? null,
      createdBy: principal.userId,
      createdByName: principal.name,
    });
    note({ kind: "backup", id: backupId }, { databaseId: row.id, kind, label: label ?? null });
    return { backupId, owner: { agentId: row.agentId } };
  });
  await wakeAgent(owner);
  return readBackup(backupId);
}

/** One backup as it stands, for whoever was authorised already. */
export async function readBackup(backupId: string): Promise<BackupView> {
  const row = await metadata().backup.findUniqueOrThrow({ where: { id: backupId }, include: BACKUP_INCLUDE });
  return toBackupView(metadata(), row);
}
