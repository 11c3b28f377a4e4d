import type { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { closeRestore } from "./close-restore.ts";

/** Writes down that a restore failed or was cancelled before it changed anything, and lets callers in again. */
export async function failRestore(
  ctx: CallContext,
  restoreId: string,
  { error, cancelled }: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.restore.findUniqueOrThrow({ where: { id: restoreId }, include: { database: true } });
    if (row.openKey === null) return;
    await closeRestore(tx, { id: restoreId }, { error, cancelled });
    await writeAuditEntry(tx, ctx, {
      action: cancelled ? "restore.cancelled" : "restore.failed",
      outcome: "done",
      namespaceId: row.database.namespaceId,
      actorName: null,
      target: { kind: "restore", id: restoreId },
      detail: { databaseId: row.databaseId, code: error.code },
    });
  });
}
