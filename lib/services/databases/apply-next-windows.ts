import { storeNowMs } from "../../db/store-time.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";

/**
 * Makes the shorter windows count whose grace period is over; the next pruning then drops what they leave out. One that
 * the policy forbids by now is dropped itself. Answers how many count from now on.
 */
export function applyNextWindows(ctx: CallContext, agentId: string): Promise<number> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const due = await tx.database.findMany({
      where: { agentId, deletedAtMs: null, nextWindowAtMs: { lte: now }, nextWindowDays: { not: null } },
      include: { policy: { select: { leastWindowDays: true } } },
    });
    let applied = 0;
    for (const { id, namespaceId, name, windowDays, nextWindowDays, policy } of due) {
      const days = nextWindowDays ?? windowDays;
      const counts = days >= (policy?.leastWindowDays ?? 0);
      await tx.database.update({
        where: { id },
        data: { ...(counts && { windowDays: days }), nextWindowDays: null, nextWindowAtMs: null },
      });
      if (counts) applied += 1;
      await writeAuditEntry(tx, ctx, {
        action: "database.shorten-window",
        outcome: counts ? "done" : "refused",
        namespaceId,
        actorName: null,
        target: { kind: "database", id },
        detail: { name, before: { windowDays }, after: { windowDays: counts ? days : windowDays } },
      });
    }
    return applied;
  });
}
