import type { BackupKind } from "../../client/backup-types.ts";
import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { makeBackupKey } from "../../domain/backup-key.ts";
import type { BackupManifest } from "../../domain/backup-manifest.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { findCurrentStore } from "../stores/read-backup-store.ts";
import { transact } from "../transact.ts";
import type { BackupRow } from "./find-backup.ts";
import { tellBackup } from "./tell-backup.ts";

/** Where a backup lies. `prefix` begins the keys of its objects. */
export type BackupPlace = { storeId: string | null; prefix: string; encrypted: boolean };

/** What an agent needs to know to make a backup. */
export type BackupOrder = {
  backupId: string;
  databaseId: string;
  kind: BackupKind;
  /** What it will be named by. */
  key: string;
  label: string | null;
  /** The state that an earlier run of an agent has chosen; null: none did. */
  bookmark: string | null;
  excludeTables: readonly string[] | null;
  schemaName: string | null;
  createdAtMs: number;
  place: BackupPlace;
};

/**
 * The order behind a `backup.run` job; null for one that has ended. Marks the backup as running and settles once where it will
 * lie: a run that goes on after a crash finds what the former one left there.
 * @param encrypted whether the agent has a key to seal what it stores
 */
export function startBackup(backupId: string, encrypted: boolean): Promise<BackupOrder | null> {
  return transact(async (tx) => {
    const row = await tx.backup.findUnique({ where: { id: backupId } });
    // Of a purged one nothing may come to lie anywhere again: nobody would remove it.
    if (!row || row.purgedAtMs !== null) {
      throw new LastgoodError("not_found", "There is no such backup.", { hint: "Its job is void." });
    }
    if (row.status !== "queued" && row.status !== "running") return null;
    const place =
      row.objectPrefix === null
        ? {
            storeId: (await findCurrentStore(tx, row.namespaceId))?.id ?? null,
            prefix: `${row.databaseId}/${row.id}`,
            encrypted,
          }
        : placeOf(row);
    await tx.backup.update({
      where: { id: backupId },
      data: {
        status: "running",
        startedAtMs: row.startedAtMs ?? nowMs(),
        storeId: place.storeId,
        objectPrefix: place.prefix,
        encrypted: place.encrypted,
      },
    });
    const createdAtMs = Number(row.createdAtMs);
    return {
      backupId,
      databaseId: row.databaseId,
      kind: row.kind as BackupKind,
      key: makeBackupKey({ id: row.id, label: row.label, createdAtMs }),
      label: row.label,
      bookmark: row.bookmark,
      excludeTables: row.excludeTables === null ? null : (JSON.parse(row.excludeTables) as string[]),
      schemaName: row.schemaName,
      createdAtMs,
      place,
    };
  });
}

/** Where a backup lies that has been begun. */
export function placeOf({
  storeId,
  objectPrefix,
  databaseId,
  id,
  encrypted,
}: Pick<BackupRow, "storeId" | "objectPrefix" | "databaseId" | "id" | "encrypted">): BackupPlace {
  return { storeId, prefix: objectPrefix ?? `${databaseId}/${id}`, encrypted };
}

/**
 * Writes down the state that is being stored, so that a run after a crash stores the same one. False where another run has chosen
 * since `order` was read, or the backup has ended: then nothing may be stored for it.
 */
export async function noteBackupMoment(
  { backupId, bookmark: known }: Pick<BackupOrder, "backupId" | "bookmark">,
  { bookmark, timeMs }: { bookmark: string; timeMs: number },
): Promise<boolean> {
  const { count } = await metadata().backup.updateMany({
    where: { id: backupId, status: "running", bookmark: known },
    data: { bookmark, timeMs: BigInt(timeMs) },
  });
  return count === 1;
}

/** Whether a run of an agent still makes a backup: its job's lease is its own, and the backup has not ended. */
export async function isStillMaking({
  backupId,
  jobId,
  holder,
}: {
  backupId: string;
  jobId: string;
  holder: string;
}): Promise<boolean> {
  const open = await metadata().backup.findFirst({ where: { id: backupId, jobId, status: "running" } });
  const job = await metadata().job.findFirst({ where: { id: jobId, leaseOwner: holder, status: "running" } });
  return open !== null && job !== null;
}

/** Writes down that of a backup that comes to nothing nothing is stored any more. */
export async function noteNothingStored(backupId: string): Promise<void> {
  await metadata().backup.updateMany({
    where: { id: backupId, status: { not: "completed" } },
    data: { objectPrefix: null },
  });
}

/**
 * Writes down that a backup is whole, by its manifest, and tells of it. False, and nothing is written, when its job is not this
 * agent's run's any more, or was ended: whoever goes on with it decides. Throws `cancelled` where somebody asked to stop before.
 */
export function completeBackup(
  ctx: CallContext,
  { jobId, holder }: { jobId: string; holder: string },
  manifest: BackupManifest,
): Promise<boolean> {
  return transact(async (tx) => {
    const job = await tx.job.findFirst({ where: { id: jobId, leaseOwner: holder, status: "running" } });
    const open = await tx.backup.findFirst({ where: { id: manifest.backupId, jobId, status: "running" } });
    if (!job || !open) return false;
    if (job.cancelAsked) throw new LastgoodError("cancelled", "It was cancelled.");
    const { body } = manifest;
    const backup = await tx.backup.update({
      where: { id: open.id },
      data: {
        status: "completed",
        key: manifest.key,
        bookmark: manifest.bookmark,
        timeMs: BigInt(manifest.timeMs),
        fileName: body.name,
        sizeBytes: BigInt(body.sizeBytes),
        rawBytes: BigInt(body.rawBytes),
        sha256: body.sha256,
        tables: manifest.tables ?? null,
        rows: manifest.rows === undefined ? null : BigInt(manifest.rows),
        verifiedAtMs: nowMs(),
        finishedAtMs: nowMs(),
        errorCode: null,
        errorMessage: null,
        errorHint: null,
      },
    });
    await tellBackup(tx, "backup.completed", backup);
    await writeAuditEntry(tx, ctx, {
      action: "backup.completed",
      outcome: "done",
      namespaceId: backup.namespaceId,
      actorName: null,
      target: { kind: "backup", id: backup.id },
      detail: { databaseId: backup.databaseId, key: backup.key, sizeBytes: body.sizeBytes, sha256: body.sha256 },
    });
    return true;
  });
}
