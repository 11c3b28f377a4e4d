import { nowMs } from "../../db/epoch-ms.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { endOfLife } from "../../domain/preview.ts";
import type { Copied } from "../../domain/restore.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { sealConnection } from "../databases/cluster-connection.ts";
import { emitRestoreEvent } from "../events/emit-restore-event.ts";
import { transact } from "../transact.ts";
import { noteRestored } from "./note-restored.ts";
import { writtenBy } from "./written-database.ts";

/**
 * Writes down that a restore made its database, which is one from now on. A preview's life begins here. A restore whose row
 * was closed meanwhile stays closed: what it made is being removed.
 */
export async function completeCopy(ctx: CallContext, restoreId: string, copied: Copied): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.restore.findUniqueOrThrow({ where: { id: restoreId }, include: { database: true } });
    if (row.openKey === null) return;
    const now = nowMs();
    await tx.restore.update({
      where: { id: restoreId },
      data: {
        openKey: null,
        status: "completed",
        stage: "place",
        reachedBookmark: copied.reached.bookmark,
        reachedTimeMs: BigInt(copied.reached.timeMs),
        restoreBookmark: copied.copy.bookmark,
        pages: copied.pages,
        timings: JSON.stringify(copied.timings),
        finishedAtMs: now,
      },
    });
    await tx.database.updateMany({
      where: { id: writtenBy(row), deletedAtMs: null },
      data: {
        state: "active",
        problem: null,
        restoreWay: copied.restoreWay,
        ...(copied.serverVersion !== undefined && { serverVersion: copied.serverVersion }),
        ...(copied.connection && { connection: sealConnection(writtenBy(row), copied.connection) }),
        sourceTimeMs: BigInt(copied.reached.timeMs),
        ...(row.ttlHours !== null && { expiresAtMs: BigInt(endOfLife(Number(await storeNowMs(tx)), row.ttlHours)) }),
      },
    });
    await noteRestored(tx, row);
    await writeAuditEntry(tx, ctx, {
      action: "restore.completed",
      outcome: "done",
      namespaceId: row.database.namespaceId,
      actorName: null,
      target: { kind: "restore", id: restoreId },
      detail: {
        databaseId: row.databaseId,
        reached: copied.reached.bookmark,
        target: row.targetKind,
        into: row.targetName,
        intoId: row.targetDatabaseId,
      },
    });
    await emitRestoreEvent(tx, restoreId);
  });
}
