import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { EventBody, EventType } from "../../domain/event.ts";

/** Something that happened; `data` are facts for receivers, in snake_case, and none of them secret. */
export type Happening = {
  namespaceId: string;
  databaseId: string | null;
  type: EventType;
  data: Readonly<Record<string, unknown>>;
};

/** What receivers read in `webhook-id`. */
export function makeEventId(): string {
  return `msg_${randomUUID().replaceAll("-", "")}`;
}

/**
 * Writes down, in the transaction in which it happens, what happened, and that each webhook that wants to know of it is still
 * to be told. Those of a deleted namespace are told nothing. So nobody is told of what did not come to be, and nothing that did is forgotten.
 */
export async function emitEvent(
  tx: MetadataTransaction,
  { namespaceId, databaseId, type, data }: Happening,
): Promise<void> {
  const now = nowMs();
  const body: EventBody = { type, timestamp: new Date(Number(now)).toISOString(), data };
  const id = makeEventId();
  await tx.event.create({
    data: { id, namespaceId, databaseId, type, payload: JSON.stringify(body), createdAtMs: now },
  });
  const webhooks = await tx.webhook.findMany({
    where: { namespaceId, active: true, deletedAtMs: null, namespace: { deletedAtMs: null } },
  });
  for (const webhook of webhooks) {
    if (!wants(webhook, type, databaseId)) continue;
    await tx.webhookDelivery.create({
      data: {
        id: randomUUID(),
        webhookId: webhook.id,
        eventId: id,
        status: "pending",
        nextAtMs: now,
        createdAtMs: now,
      },
    });
  }
}

/** Whether a webhook is told of such an event; null stands for every type, and for every database. */
function wants(
  webhook: { types: string | null; databases: string | null },
  type: EventType,
  databaseId: string | null,
): boolean {
  if (webhook.types !== null && !(JSON.parse(webhook.types) as string[]).includes(type)) return false;
  return (
    webhook.databases === null ||
    (databaseId !== null && (JSON.parse(webhook.databases) as string[]).includes(databaseId))
  );
}
