import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

/** Ends what was still to be pushed. A request under way may still arrive. */
export async function endPending(tx: MetadataTransaction, integrationId: string, because: string): Promise<void> {
  await tx.integrationPush.updateMany({
    where: { integrationId, status: "pending" },
    data: {
      status: "failed",
      error: because,
      nextAtMs: null,
      leaseOwner: null,
      leaseUntilMs: null,
      endedAtMs: nowMs(),
      version: { increment: 1 },
    },
  });
}
