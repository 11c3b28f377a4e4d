import type { BackupView } from "../../client/backup-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { purgeTimeOf } from "../databases/bury-database.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { readBackup } from "./create-backup.ts";
import { type BackupRow, findBackup } from "./find-backup.ts";

type OfBackup = { namespace: string; database: string; backup: string };

/**
 * Deletes a backup: nothing can be restored from it any more, and until its grace period is over that can be taken back. Throws
 * `conflict` while it is being made, while a restore reads it, and while labels are pinned to it.
 */
export async function deleteBackup(ctx: CallContext, { namespace, database, backup }: OfBackup): Promise<BackupView> {
  const id = await perform(ctx, "backup.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findBackup(db, await findDatabase(db, principal, database), backup);
    note({ kind: "backup", id: row.id }, { databaseId: row.databaseId, key: row.key, label: row.label });
    requireNotDeleted(row);
    await requireConfirmed(ctx, db);
    await requireUnused(db, row);
    const now = await storeNowMs(db);
    const purgeAfterMs = purgeTimeOf(now);
    await db.backup.update({
      where: { id: row.id },
      data: { deletedAtMs: now, deletedBy: principal.name, deletedBecause: null, purgeAfterMs },
    });
    note(null, { purgeAfterMs: Number(purgeAfterMs) });
    return row.id;
  });
  return readBackup(id);
}

/** Takes a deletion back. Throws `conflict` where it was not deleted, or its removal has begun. */
export async function undeleteBackup(ctx: CallContext, { namespace, database, backup }: OfBackup): Promise<BackupView> {
  const id = await perform(ctx, "backup.undelete", { namespace }, async ({ db, principal, note }) => {
    const row = await findBackup(db, await findDatabase(db, principal, database), backup);
    note(
      { kind: "backup", id: row.id },
      { databaseId: row.databaseId, key: row.key, deletedBecause: row.deletedBecause },
    );
    if (row.deletedAtMs === null) {
      throw new LastgoodError("conflict", "This backup was not deleted.", { hint: "It is there." });
    }
    if (row.purgeAfterMs !== null && row.purgeAfterMs <= (await storeNowMs(db))) {
      throw new LastgoodError("conflict", "This backup is being removed: its grace period is over.", {
        hint: "It cannot be brought back any more.",
      });
    }
    await db.backup.update({
      where: { id: row.id },
      // What brought it back is a person's wish: age alone does not delete it again.
      data: { deletedAtMs: null, deletedBy: null, deletedBecause: null, purgeAfterMs: null, expiresAtMs: null },
    });
    return row.id;
  });
  return readBackup(id);
}

function requireNotDeleted(row: BackupRow): void {
  if (row.deletedAtMs !== null) {
    throw new LastgoodError("conflict", "This backup was deleted already.", {
      hint: `Until ${new Date(Number(row.purgeAfterMs)).toISOString()} that can be taken back.`,
    });
  }
  if (row.status !== "queued" && row.status !== "running") return;
  throw new LastgoodError("conflict", "This backup is still being made.", { hint: "Cancel it instead." });
}

/** Refuses to delete what somebody relies on: a running restore, labels that are pinned to it. */
async function requireUnused(db: MetadataReader, row: BackupRow): Promise<void> {
  const restore = await db.restore.findFirst({ where: { backupId: row.id, openKey: { not: null } } });
  if (restore) {
    throw new LastgoodError("conflict", "A restore reads this backup.", {
      hint: "Wait until it has ended, then delete it.",
      retryAfterSeconds: 2,
    });
  }
  if (row.key === null) return;
  const pin = await db.restorePoint.findFirst({ where: { kind: "backup", backupKey: row.key } });
  if (!pin) return;
  throw new LastgoodError("conflict", `The label ${pin.label} is pinned to this backup.`, {
    hint: "Delete the label first, then the backup.",
  });
}
