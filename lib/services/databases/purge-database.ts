import { nowMs } from "../../db/epoch-ms.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";

/**
 * Claims a tombstone for its removal, for the agent that owns it: from then on it cannot be brought back. False when that
 * came first, when its grace period is not over, or when nothing is left of it. One that was claimed before is claimed again.
 */
export async function beginPurge(agentId: string, databaseId: string): Promise<boolean> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const { count } = await tx.database.updateMany({
      where: {
        id: databaseId,
        agentId,
        OR: [{ state: "deleted", deletedAtMs: { not: null }, purgeAfterMs: { lte: now } }, { state: "purging" }],
      },
      data: { state: "purging" },
    });
    return count === 1;
  });
}

/** Writes down that nothing is left of a database but its row, which the audit log goes on naming. */
export async function completePurge(
  ctx: CallContext,
  databaseId: string,
  removed: { files: number; bytes: number },
): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.database.findUniqueOrThrow({ where: { id: databaseId } });
    if (row.state !== "purging") return;
    await tx.database.update({ where: { id: databaseId }, data: { state: "purged", purgedAtMs: nowMs() } });
    await writeAuditEntry(tx, ctx, {
      action: "database.purge",
      outcome: "done",
      namespaceId: row.namespaceId,
      actorName: null,
      target: { kind: "database", id: databaseId },
      detail: { name: row.name, deletedBy: row.deletedBy, deletedAtMs: Number(row.deletedAtMs), ...removed },
    });
  });
}
