import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

/** Ends what was still to be sent to a webhook that is told nothing more. A request under way may still arrive. */
export async function cancelPending(tx: MetadataTransaction, webhookId: string): Promise<number> {
  const { count } = await tx.webhookDelivery.updateMany({
    where: { webhookId, status: "pending" },
    data: {
      status: "cancelled",
      nextAtMs: null,
      leaseOwner: null,
      leaseUntilMs: null,
      endedAtMs: nowMs(),
      version: { increment: 1 },
    },
  });
  return count;
}
