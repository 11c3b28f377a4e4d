import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { tellBackup } from "./tell-backup.ts";

/** Ends an open backup that came to nothing. One that has ended stays as it is. */
export async function closeBackup(
  tx: MetadataTransaction,
  ctx: CallContext,
  which: { jobId: string } | { id: string },
  { error, cancelled }: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  const open = await tx.backup.findFirst({ where: { ...which, status: { in: ["queued", "running"] } } });
  if (!open) return;
  const backup = await tx.backup.update({
    where: { id: open.id },
    data: {
      status: cancelled ? "cancelled" : "failed",
      errorCode: error.code,
      errorMessage: error.message,
      errorHint: error.details.hint ?? null,
      finishedAtMs: nowMs(),
    },
  });
  if (!cancelled) await tellBackup(tx, "backup.failed", backup);
  await writeAuditEntry(tx, ctx, {
    action: cancelled ? "backup.cancelled" : "backup.failed",
    outcome: "done",
    namespaceId: backup.namespaceId,
    actorName: null,
    target: { kind: "backup", id: backup.id },
    detail: { databaseId: backup.databaseId, code: error.code },
  });
}
