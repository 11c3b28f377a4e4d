import type { BackupKind } from "../../client/backup-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";

/** What an agent needs to know to read a backup: where it lies, and what it must hold. */
export type StoredBackup = {
  backupId: string;
  databaseId: string;
  kind: BackupKind;
  place: BackupPlace;
  /** Of the bytes that it unpacks to, in hex. */
  sha256: string;
};

/** What kind of backup a restore was asked to take, whatever has become of it since. */
export async function findBackupKind(backupId: string): Promise<BackupKind> {
  const { kind } = await metadata().backup.findUniqueOrThrow({ where: { id: backupId } });
  return kind as BackupKind;
}

/** The row of a complete backup of which the bytes are still there. Throws `not_found`. */
export async function readStoredBackup(backupId: string): Promise<StoredBackup> {
  const row = await metadata().backup.findFirst({ where: { id: backupId, status: "completed", purgedAtMs: null } });
  if (!row || row.sha256 === null) {
    throw new LastgoodError("not_found", "This backup is gone.", { hint: "Restore another one, or a moment." });
  }
  const { databaseId, kind, sha256 } = row;
  return { backupId, databaseId, kind: kind as BackupKind, place: placeOf(row), sha256 };
}
