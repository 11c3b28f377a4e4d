import { metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { buryPreview } from "./bury-preview.ts";

/**
 * Deletes an agent's previews whose time is over, each in a transaction of its own. One that is being written, or whose state
 * a cutover takes, stays until that has ended. Answers how many were deleted.
 */
export async function expirePreviews(ctx: CallContext, agentId: string): Promise<number> {
  const now = await storeNowMs();
  const due = await metadata().database.findMany({
    where: { agentId, kind: "preview", deletedAtMs: null, expiresAtMs: { lte: now } },
    select: { id: true },
  });
  let expired = 0;
  for (const { id } of due) if (await expireOne(ctx, id)) expired++;
  return expired;
}

function expireOne(ctx: CallContext, id: string): Promise<boolean> {
  return transact(async (tx) => {
    // Looked at again: it may have been extended just now.
    const now = await storeNowMs(tx);
    const row = await tx.database.findFirst({ where: { id, deletedAtMs: null, expiresAtMs: { lte: now } } });
    if (!row) return false;
    const busy = await tx.restore.findFirst({
      where: { OR: [{ openKey: id }, { sourceDatabaseId: id, openKey: { not: null } }] },
      select: { id: true },
    });
    if (busy) return false;
    const { purgeAfterMs } = await buryPreview(tx, row, "its time to live");
    await writeAuditEntry(tx, ctx, {
      action: "preview.expired",
      outcome: "done",
      namespaceId: row.namespaceId,
      actorName: null,
      target: { kind: "database", id },
      detail: { name: row.name, databaseId: row.parentId, purgeAfterMs: Number(purgeAfterMs) },
    });
    return true;
  });
}
