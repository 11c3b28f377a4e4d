import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { TEST_TYPE } from "../../domain/webhook.ts";

const INCLUDE = { event: true, webhook: { include: { namespace: { select: { deletedAtMs: true } } } } } as const;

export type ClaimedDelivery = Prisma.WebhookDeliveryGetPayload<{ include: typeof INCLUDE }>;

/** One run of an agent, and how much it takes at once. */
export type DeliveryClaimer = {
  holder: string;
  /** Longer than an attempt can take: then nobody else sends the same meanwhile. */
  leaseMs: number;
  /** At most so many of one receiver are under way at any time, whoever sends them: a slow one holds up nobody else. */
  perWebhook: number;
};

/**
 * Claims up to `limit` deliveries that are due, the webhook that waits longest first. Several agents of one store may ask at the same time:
 * the update counts only if nobody changed the row since it was read. What an agent that died had claimed is due again when its
 * lease is over.
 */
export async function claimDeliveries(
  { holder, leaseMs, perWebhook }: DeliveryClaimer,
  limit: number,
): Promise<ClaimedDelivery[]> {
  const now = nowMs();
  const due = {
    status: "pending",
    nextAtMs: { lte: now },
    OR: [{ leaseUntilMs: null }, { leaseUntilMs: { lt: now } }],
  };
  const waiting = await metadata().webhookDelivery.groupBy({
    by: ["webhookId"],
    where: due,
    _min: { nextAtMs: true },
    orderBy: { _min: { nextAtMs: "asc" } },
  });
  const claimed: ClaimedDelivery[] = [];
  for (const { webhookId } of waiting) {
    const underWay = await metadata().webhookDelivery.count({
      where: { webhookId, status: "pending", leaseUntilMs: { gte: now } },
    });
    const room = Math.min(perWebhook - underWay, limit - claimed.length);
    if (room <= 0) continue;
    const rows = await metadata().webhookDelivery.findMany({
      where: { ...due, webhookId },
      include: INCLUDE,
      orderBy: [{ nextAtMs: "asc" }, { id: "asc" }],
      take: room,
    });
    for (const row of rows) if (await take(row, holder, now + BigInt(leaseMs))) claimed.push(row);
  }
  return claimed;
}

/** Answers whether the row is the caller's now; it then holds the lease and the version that it has from now on. */
async function take(row: ClaimedDelivery, holder: string, leaseUntilMs: bigint): Promise<boolean> {
  const version = row.version + 1;
  const { count } = await metadata().webhookDelivery.updateMany({
    where: { id: row.id, version: row.version, status: "pending" },
    data: { leaseOwner: holder, leaseUntilMs, version },
  });
  Object.assign(row, { leaseOwner: holder, leaseUntilMs, version });
  return count === 1;
}

/** Whether it is still to be sent: a webhook that is switched off takes nothing but tests, one of a deleted namespace nothing. */
export function isWanted({ webhook, event }: ClaimedDelivery): boolean {
  if (webhook.namespace.deletedAtMs !== null) return false;
  return webhook.deletedAtMs === null && (webhook.active || event.type === TEST_TYPE);
}
