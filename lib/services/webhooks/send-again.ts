import { randomUUID } from "node:crypto";
import type { DeliveryView } from "../../client/webhook-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { TEST_TYPE } from "../../domain/webhook.ts";
import type { CallContext } from "../call-context.ts";
import { makeEventId } from "../events/emit-event.ts";
import { perform } from "../perform.ts";
import { findWebhook, type WebhookRow } from "./find-webhook.ts";
import { DELIVERY_INCLUDE, toDeliveryViews } from "./to-delivery-view.ts";

type Named = { namespace: string; webhookId: string };

/** Sends an event once more, with the same id and the same bytes. Throws `conflict` while the webhook is switched off. */
export function replayDelivery(
  ctx: CallContext,
  { namespace, webhookId, deliveryId }: Named & { deliveryId: string },
): Promise<DeliveryView> {
  return perform(ctx, "webhook.send", { namespace }, async ({ db, principal, note }) => {
    const webhook = await findWebhook(db, principal, webhookId);
    const found = isUuid(deliveryId)
      ? await db.webhookDelivery.findFirst({ where: { id: deliveryId.toLowerCase(), webhookId: webhook.id } })
      : null;
    if (!found) {
      throw new LastgoodError("not_found", `${webhook.name} has no such delivery.`, { hint: "List its deliveries." });
    }
    note({ kind: "webhook", id: webhook.id }, { name: webhook.name, eventId: found.eventId });
    if (!webhook.active) {
      throw new LastgoodError("conflict", `${webhook.name} is switched off.`, { hint: "Switch it on, then replay." });
    }
    return queueDelivery(db, webhook, found.eventId);
  });
}

/** Sends something that did not happen, once, to see whether the receiver takes it; a webhook that is switched off takes it too. */
export function testWebhook(ctx: CallContext, { namespace, webhookId }: Named): Promise<DeliveryView> {
  return perform(ctx, "webhook.send", { namespace }, async ({ db, principal, note }) => {
    const webhook = await findWebhook(db, principal, webhookId);
    note({ kind: "webhook", id: webhook.id }, { name: webhook.name, test: true });
    const now = nowMs();
    const body = {
      type: TEST_TYPE,
      timestamp: new Date(Number(now)).toISOString(),
      data: { webhook: { id: webhook.id, name: webhook.name }, asked_by: principal.name },
    };
    const id = makeEventId();
    await db.event.create({
      data: {
        id,
        namespaceId: principal.namespace.id,
        databaseId: null,
        type: TEST_TYPE,
        payload: JSON.stringify(body),
        createdAtMs: now,
      },
    });
    return queueDelivery(db, webhook, id);
  });
}

async function queueDelivery(tx: MetadataTransaction, webhook: WebhookRow, eventId: string): Promise<DeliveryView> {
  const now = nowMs();
  const row = await tx.webhookDelivery.create({
    data: { id: randomUUID(), webhookId: webhook.id, eventId, status: "pending", nextAtMs: now, createdAtMs: now },
    include: DELIVERY_INCLUDE,
  });
  const [view] = await toDeliveryViews(tx, webhook.namespaceId, [row]);
  if (!view) throw new Error("a delivery that was just written has a view");
  return view;
}
