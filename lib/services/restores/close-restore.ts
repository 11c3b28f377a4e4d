import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { emitRestoreEvent } from "../events/emit-restore-event.ts";
import { dropUnfinished, makesDatabase, writtenBy } from "./written-database.ts";

/** Ends an open restore that reached nothing, and lets its database's callers in again. A closed one stays as it is. */
export async function closeRestore(
  tx: MetadataTransaction,
  ctx: CallContext,
  which: { jobId: string } | { id: string },
  { error, cancelled }: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  const restore = await tx.restore.findFirst({
    where: { ...which, openKey: { not: null } },
    include: { database: true },
  });
  if (!restore) return;
  await tx.restore.update({
    where: { id: restore.id },
    data: {
      openKey: null,
      status: cancelled ? "cancelled" : "failed",
      errorCode: error.code,
      errorMessage: error.message,
      errorHint: error.details.hint ?? null,
      finishedAtMs: nowMs(),
    },
  });
  if (makesDatabase(restore)) await dropUnfinished(tx, writtenBy(restore), cancelled ? "cancelled" : "failed");
  else await reopenDatabase(tx, writtenBy(restore));
  await writeAuditEntry(tx, ctx, {
    action: cancelled ? "restore.cancelled" : "restore.failed",
    outcome: "done",
    namespaceId: restore.database.namespaceId,
    actorName: null,
    target: { kind: "restore", id: restore.id },
    detail: { databaseId: restore.databaseId, code: error.code },
  });
  await emitRestoreEvent(tx, restore.id);
}

/** Ends the state in which callers are turned away. */
export async function reopenDatabase(tx: MetadataTransaction, databaseId: string): Promise<void> {
  await tx.database.updateMany({ where: { id: databaseId, state: "restoring" }, data: { state: "active" } });
}
