import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import { closeBackup } from "../backups/close-backup.ts";
import { agentContext } from "../call-context.ts";
import { closeDrill } from "../drills/close-drill.ts";
import { closeRestore } from "../restores/close-restore.ts";
import { transact } from "../transact.ts";

export type JobOutcome = { ok: true } | { ok: false; error: LastgoodError; cancelled: boolean };

/**
 * Ends a job, and with it whatever would otherwise stay open: a database that was being prepared becomes active or
 * failed, a restore or backup that did not complete becomes failed or cancelled. Ending a job twice, or after its lease was lost,
 * changes nothing.
 */
export async function finishJob(jobId: string, holder: string, outcome: JobOutcome): Promise<void> {
  await transact(async (tx) => {
    const job = await tx.job.findFirst({ where: { id: jobId, leaseOwner: holder, status: "running" } });
    if (!job) return;
    await endJob(tx, jobId, outcome);
    if (job.kind === "database.protect" && job.databaseId) await settleDatabase(tx, job.databaseId, outcome);
    if (outcome.ok) return;
    const ctx = agentContext(job.agentId, `job-${jobId}`);
    const { error, cancelled } = outcome;
    const isRestore = job.kind === "restore.run" || job.kind === "copy.bring-back";
    if (isRestore) await closeRestore(tx, ctx, { jobId }, { error, cancelled });
    // A restore's job makes the backup of what it replaces, too.
    if (job.kind === "backup.run" || job.kind === "restore.run")
      await closeBackup(tx, ctx, { jobId }, { error, cancelled });
    if (job.kind === "drill.run") await closeDrill(tx, ctx, { jobId }, { error, cancelled });
  });
}

/** Writes a job's end. */
export async function endJob(tx: MetadataTransaction, jobId: string, outcome: JobOutcome): Promise<void> {
  const status = outcome.ok ? "completed" : outcome.cancelled ? "cancelled" : "failed";
  await tx.job.update({
    where: { id: jobId },
    data: {
      status,
      leaseOwner: null,
      leaseUntilMs: null,
      finishedAtMs: nowMs(),
      version: { increment: 1 },
      errorCode: outcome.ok ? null : outcome.error.code,
      errorMessage: outcome.ok ? null : outcome.error.message,
      errorHint: outcome.ok ? null : (outcome.error.details.hint ?? null),
    },
  });
}

async function settleDatabase(tx: MetadataTransaction, databaseId: string, outcome: JobOutcome): Promise<void> {
  await tx.database.updateMany({
    where: { id: databaseId, state: "preparing" },
    data: outcome.ok ? { state: "active", problem: null } : { state: "failed", problem: outcome.error.message },
  });
}
