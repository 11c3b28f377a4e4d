import type { BackupKind, BackupView } from "../../client/backup-types.ts";
import { isUniqueViolation, type MetadataReader, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { BACKUP_INCLUDE, type BackupRow } from "./find-backup.ts";
import { requireRoomToWait } from "./limit-waiting.ts";
import { queueBackup } from "./queue-backup.ts";
import { toBackupView } from "./to-backup-view.ts";

export type CreateBackupInput = {
  namespace: string;
  database: string;
  kind: BackupKind;
  label?: string | undefined;
  /** Repeats of one call carry the same key and get the same backup. */
  idempotencyKey?: string | undefined;
  /** Of a portable one: tables that are left out, and the schema where one is asked for. */
  excludeTables?: readonly string[] | undefined;
  schema?: string | undefined;
};

/**
 * Queues a backup of a database's newest state and wakes its agent. Throws `not_protected` while there is nothing to store, and
 * `rate_limited` for who has too many waiting.
 */
export async function createBackup(ctx: CallContext, input: CreateBackupInput): Promise<BackupView> {
  try {
    const { backupId, owner } = await queueOnce(ctx, input);
    if (owner) await wakeAgent(owner);
    return await readBackup(backupId);
  } catch (error) {
    // The same call, sent twice at once: whoever came second finds the first one's backup now.
    if (!isUniqueViolation(error)) throw error;
    return readBackup((await queueOnce(ctx, input)).backupId);
  }
}

/** `owner` is null where an earlier call with the same key has queued it. */
function queueOnce(ctx: CallContext, input: CreateBackupInput) {
  const { namespace, database, kind, label, idempotencyKey, excludeTables, schema } = input;
  return perform(ctx, "backup.create", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    // It takes a place among those that are kept, and so the place of another one.
    await requireWritable(db, principal, row);
    const repeated = idempotencyKey === undefined ? null : await findRepeated(db, row.id, idempotencyKey, input);
    if (repeated) {
      note({ kind: "backup", id: repeated.id }, { databaseId: row.id, repeated: true });
      return { backupId: repeated.id, owner: null };
    }
    requireProtected(row);
    await requireRoomToWait(db, { namespaceId: row.namespaceId, userId: principal.userId });
    const backupId = await queueBackup(db, {
      database: row,
      kind,
      label: label ?? null,
      trigger: "manual",
      excludeTables: excludeTables ?? null,
      schemaName: schema ?? null,
      idempotencyKey: idempotencyKey ?? null,
      createdBy: principal.userId,
      createdByName: principal.name,
    });
    note({ kind: "backup", id: backupId }, { databaseId: row.id, kind, label: label ?? null });
    return { backupId, owner: { agentId: row.agentId } };
  });
}

async function findRepeated(
  db: MetadataReader,
  databaseId: string,
  idempotencyKey: string,
  { kind, label, excludeTables, schema }: CreateBackupInput,
): Promise<BackupRow | null> {
  const row = await db.backup.findFirst({ where: { databaseId, idempotencyKey }, include: BACKUP_INCLUDE });
  if (!row) return null;
  const excluded = excludeTables === undefined ? null : JSON.stringify(excludeTables);
  const isSame =
    row.kind === kind &&
    row.label === (label ?? null) &&
    row.excludeTables === excluded &&
    row.schemaName === (schema ?? null);
  if (isSame) return row;
  throw new LastgoodError("conflict", "This Idempotency-Key was used for another backup.", {
    field: "Idempotency-Key",
    hint: "Use a new key for a new request.",
  });
}

/** One backup as it stands, for whoever was authorised already. */
export async function readBackup(backupId: string): Promise<BackupView> {
  const row = await metadata().backup.findUniqueOrThrow({ where: { id: backupId }, include: BACKUP_INCLUDE });
  return toBackupView(metadata(), row);
}
