import type { BackupView } from "../../client/backup-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireWritable } from "../databases/find-database.ts";
import { askToStop } from "../jobs/ask-to-stop.ts";
import { endJob } from "../jobs/finish-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { closeBackup } from "./close-backup.ts";
import { readBackup } from "./create-backup.ts";
import { type BackupRow, findBackup } from "./find-backup.ts";

/**
 * Asks a backup to stop. One that waits is cancelled at once; of a running one everything that was stored is removed again. One that
 * has ended stays as it is, and so does one that a restore makes: `conflict`.
 */
export async function cancelBackup(
  ctx: CallContext,
  { namespace, database, backup }: { namespace: string; database: string; backup: string },
): Promise<BackupView> {
  const { id, agentId } = await perform(ctx, "backup.cancel", { namespace }, async ({ db, principal, note }) => {
    const of = await findDatabase(db, principal, database);
    const row = await findBackup(db, of, backup);
    note({ kind: "backup", id: row.id }, { databaseId: row.databaseId, before: row.status });
    await requireWritable(db, principal, of);
    if (row.status !== "queued" && row.status !== "running") {
      throw new LastgoodError("conflict", `This backup has ended already: ${row.status}.`, {
        hint: "A complete backup can be deleted.",
      });
    }
    requireOwnJob(row);
    await stopBackup(db, ctx, row, new LastgoodError("cancelled", `Cancelled by ${principal.name}.`));
    return { id: row.id, agentId: of.agentId };
  });
  await wakeAgent({ agentId });
  return readBackup(id);
}

/** A restore's own backup is made by the restore's job: to end that takes the right to cancel restores. */
function requireOwnJob({ trigger }: Pick<BackupRow, "trigger">): void {
  if (trigger !== "pre_restore") return;
  throw new LastgoodError("conflict", "This backup is made by a restore, before it replaces anything.", {
    hint: "Cancel the restore instead; its backup ends with it.",
  });
}

/** Ends a backup that waits, and has a running one stop; in the transaction of whatever makes it void. */
export async function stopBackup(
  tx: MetadataTransaction,
  ctx: CallContext,
  row: Pick<BackupRow, "id" | "jobId">,
  error: LastgoodError,
): Promise<void> {
  const job = row.jobId === null ? null : await tx.job.findUnique({ where: { id: row.jobId } });
  if (job?.status === "running") {
    await askToStop(tx, job.id);
    return;
  }
  if (job?.status === "queued") await endJob(tx, job.id, { ok: false, error, cancelled: true });
  await closeBackup(tx, ctx, { id: row.id }, { error, cancelled: true });
}
