import { randomUUID } from "node:crypto";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findNotes } from "../restores/restore-notes.ts";
import { writtenBy } from "../restores/written-database.ts";
import { transact } from "../transact.ts";
import { closeBackup } from "./close-backup.ts";

/** The backup of what a document is about to replace; once it is complete it is named by its key. */
export type PreRestore = { id: string; key: string | null };

/**
 * Writes down the backup that is made before a document replaces tables: of the same kind and the same tables. It belongs to the
 * restore's own job, which makes it. A restore that goes on after a crash finds the one that it has begun.
 */
export function beginPreRestore(restoreId: string): Promise<PreRestore> {
  return transact(async (tx) => {
    const restore = await tx.restore.findUniqueOrThrow({ where: { id: restoreId } });
    const notes = await findNotes(tx, restoreId);
    const begun = notes.preRestore && (await tx.backup.findUnique({ where: { id: notes.preRestore.id } }));
    if (begun && ["queued", "running", "completed"].includes(begun.status)) return { id: begun.id, key: begun.key };
    const source = await tx.backup.findUniqueOrThrow({ where: { id: restore.backupId ?? "" } });
    const id = randomUUID();
    await tx.backup.create({
      data: {
        id,
        namespaceId: source.namespaceId,
        databaseId: writtenBy(restore),
        jobId: restore.jobId,
        kind: source.kind,
        trigger: "pre_restore",
        status: "queued",
        excludeTables: source.excludeTables,
        schemaName: source.schemaName,
        createdAtMs: nowMs(),
        createdBy: restore.requestedBy,
        createdByName: restore.requestedByName,
      },
    });
    const summary = JSON.stringify({ ...notes, preRestore: { id, key: null } });
    await tx.restore.update({ where: { id: restoreId }, data: { summary } });
    return { id, key: null };
  });
}

/** Names it in the restore's row by its key, once it is complete. */
export function keepPreRestore(restoreId: string, backupId: string): Promise<void> {
  return transact(async (tx) => {
    const { key } = await tx.backup.findUniqueOrThrow({ where: { id: backupId } });
    const notes = { ...(await findNotes(tx, restoreId)), preRestore: { id: backupId, key } };
    await tx.restore.update({ where: { id: restoreId }, data: { summary: JSON.stringify(notes) } });
  });
}

/** Writes down that it came to nothing: then nothing is restored either. */
export function failPreRestore(
  ctx: CallContext,
  backupId: string,
  outcome: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  return transact((tx) => closeBackup(tx, ctx, { id: backupId }, outcome));
}
