import { nowMs } from "../../db/epoch-ms.ts";
import type { Restored } from "../../domain/restore.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { emitRestoreEvent } from "../events/emit-restore-event.ts";
import { transact } from "../transact.ts";
import { reopenDatabase } from "./close-restore.ts";
import { noteRestored } from "./note-restored.ts";
import { writtenBy } from "./written-database.ts";

/**
 * Writes down what a restore reached and lets callers in again. Whether it counts was decided on the database's file, so
 * this also completes a restore whose row was closed meanwhile: the console then tells the truth.
 */
export async function completeRestore(ctx: CallContext, restoreId: string, restored: Restored): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.restore.findUniqueOrThrow({ where: { id: restoreId }, include: { database: true } });
    if (row.status === "completed") return;
    await tx.restore.update({
      where: { id: restoreId },
      data: {
        openKey: null,
        status: "completed",
        stage: "check",
        previousBookmark: restored.previous.bookmark,
        previousTimeMs: BigInt(restored.previous.timeMs),
        reachedBookmark: restored.reached.bookmark,
        reachedTimeMs: BigInt(restored.reached.timeMs),
        restoreBookmark: restored.restoreBookmark,
        pages: restored.pages,
        timings: JSON.stringify(restored.timings),
        errorCode: null,
        errorMessage: null,
        errorHint: null,
        finishedAtMs: nowMs(),
      },
    });
    const written = writtenBy(row);
    await tx.database.update({
      where: { id: written },
      data: {
        lastRestoreId: restoreId,
        // The preview shows another moment of its project now.
        ...(row.targetKind === "preview" && { sourceTimeMs: BigInt(restored.reached.timeMs) }),
      },
    });
    await reopenDatabase(tx, written);
    await noteRestored(tx, row);
    await writeAuditEntry(tx, ctx, {
      action: "restore.completed",
      outcome: "done",
      namespaceId: row.database.namespaceId,
      actorName: null,
      target: { kind: "restore", id: restoreId },
      detail: { databaseId: row.databaseId, reached: restored.reached.bookmark, previous: restored.previous.bookmark },
    });
    await emitRestoreEvent(tx, restoreId);
  });
}
