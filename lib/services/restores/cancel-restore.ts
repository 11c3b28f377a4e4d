import type { RestoreView } from "../../client/api-types.ts";
import { type MetadataTransaction, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { isCancellableStage, isRestoreStage } from "../../domain/restore-stages.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { askToStop } from "../jobs/ask-to-stop.ts";
import { endJob } from "../jobs/finish-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { closeRestore } from "./close-restore.ts";
import { readRestore } from "./create-restore.ts";
import { findRestore } from "./get-restore.ts";
import { stagedOf } from "./to-restore-view.ts";

/**
 * Asks a restore to stop. One that waits is cancelled at once, a running one before it begins to write; later than that
 * it is `conflict`. What was not refused is kept: such a restore does not write any more. One that has ended stays as it is.
 */
export async function cancelRestore(
  ctx: CallContext,
  { namespace, database, restoreId }: { namespace: string; database: string; restoreId: string },
): Promise<RestoreView> {
  const action = await actionOf(restoreId);
  const asked = await perform(ctx, action, { namespace }, async ({ db, principal, note }) => {
    const restore = await findRestore(db, await findDatabase(db, principal, database), restoreId);
    note({ kind: "restore", id: restore.id }, { databaseId: restore.databaseId, before: restore.status });
    return stopRestore(db, ctx, restore, principal.name);
  });
  if (asked) await wakeAgent(asked);
  return readRestore(restoreId.toLowerCase());
}

/**
 * The same of a restore that was found, for a caller who was authorised, within their transaction. Answers whose agent is to be woken when that
 * is committed; null: nobody's. Throws `conflict`.
 */
export async function stopRestore(
  db: MetadataTransaction,
  ctx: CallContext,
  restore: Awaited<ReturnType<typeof findRestore>>,
  by: string,
): Promise<{ agentId: string } | null> {
  if (restore.openKey === null) throw alreadyEnded(restore.status);
  const stage = isRestoreStage(restore.stage) ? restore.stage : null;
  if (!isCancellableStage(stagedOf(restore), stage)) throw tooLate();
  const job = restore.jobId === null ? null : await db.job.findUnique({ where: { id: restore.jobId } });
  if (job?.status === "running") {
    if (!(await askToStop(db, job.id))) throw tooLate();
    return job;
  }
  const cancelled = new LastgoodError("cancelled", `Cancelled by ${by}.`);
  if (job) await endJob(db, job.id, { ok: false, error: cancelled, cancelled: true });
  await closeRestore(db, ctx, { id: restore.id }, { error: cancelled, cancelled: true });
  return null;
}

/** Who may restore into previews may take that back; what a restore writes never changes. */
async function actionOf(restoreId: string): Promise<"restore.cancel" | "restore.preview"> {
  if (!isUuid(restoreId)) return "restore.cancel";
  const restore = await metadata().restore.findUnique({
    where: { id: restoreId.toLowerCase() },
    select: { targetKind: true },
  });
  return restore?.targetKind === "new_preview" || restore?.targetKind === "preview"
    ? "restore.preview"
    : "restore.cancel";
}

function alreadyEnded(status: string): LastgoodError {
  return new LastgoodError("conflict", `This restore has ended already: ${status}.`, {
    hint: "A completed restore can be undone.",
  });
}

function tooLate(): LastgoodError {
  return new LastgoodError("conflict", "This restore is past the last moment to cancel it.", {
    hint: "It ends by itself in a moment; then it can be undone.",
  });
}
