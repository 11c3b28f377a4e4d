import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";

export type BackupRow = Prisma.BackupGetPayload<{ include: { store: { select: { kind: true; bucket: true } } } }>;

/** What every query for backups that are to be shown includes. */
export const BACKUP_INCLUDE = { store: { select: { kind: true, bucket: true } } } as const;

/**
 * Finds a backup of this database by its id or its key; another database's, and one of which only the row is left, is
 * `not_found`. A deleted one is found for as long as it can be brought back.
 */
export async function findBackup(
  db: MetadataReader,
  database: { id: string; name: string },
  idOrKey: string,
  /** The input field that named it, where one did. */
  field?: string,
): Promise<BackupRow> {
  const named = isUuid(idOrKey) ? { id: idOrKey.toLowerCase() } : { key: idOrKey };
  const row = await db.backup.findFirst({
    where: { ...named, databaseId: database.id, purgedAtMs: null },
    include: BACKUP_INCLUDE,
  });
  if (row) return row;
  throw new LastgoodError("not_found", `${database.name} has no such backup.`, {
    ...(field !== undefined && { field }),
    hint: "List its backups: each is named by its key, or by its id while it is being made.",
  });
}

/** Finds a backup that can be read: complete, not deleted, not known to be damaged. Else it is `conflict`, or `storage_damaged`. */
export async function findUsableBackup(
  db: MetadataReader,
  database: { id: string; name: string },
  idOrKey: string,
): Promise<BackupRow & { key: string }> {
  const row = await findBackup(db, database, idOrKey, "backupKey");
  return requireUsable(row);
}

/** Refuses a backup that is not complete (`conflict`), was deleted (`conflict`) or cannot be read any more (`storage_damaged`). */
export function requireUsable(row: BackupRow): BackupRow & { key: string } {
  const { key } = row;
  if (row.deletedAtMs !== null) {
    throw new LastgoodError("conflict", "This backup was deleted.", {
      hint: "Bring it back first, or choose another.",
    });
  }
  if (row.status !== "completed" || key === null) {
    const open = row.status === "queued" || row.status === "running";
    throw new LastgoodError(
      "conflict",
      open ? "This backup is not complete yet." : `This backup ${ended(row.status)}.`,
      {
        hint: open ? "Wait until it is." : "Choose one that is complete, or make a new one.",
      },
    );
  }
  if (row.damage !== null) {
    throw new LastgoodError("storage_damaged", `This backup cannot be used: ${row.damage}`, {
      hint: "Choose another backup, and look at the disk or bucket that it lies on.",
    });
  }
  return { ...row, key };
}

const ended = (status: string) => (status === "cancelled" ? "was cancelled" : "failed");
