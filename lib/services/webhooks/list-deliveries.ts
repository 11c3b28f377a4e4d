import type { DeliveriesView } from "../../client/webhook-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { DeliveryStatus } from "../../domain/webhook.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findWebhook, type WebhookRow } from "./find-webhook.ts";
import { DELIVERY_INCLUDE, toDeliveryViews } from "./to-delivery-view.ts";

export type ListDeliveriesInput = {
  namespace: string;
  webhookId: string;
  /** The last one of the page before. */
  after: string | null;
  limit: number;
  status: DeliveryStatus | null;
};

/** The log of a webhook, newest first, with every attempt. */
export function listDeliveries(ctx: CallContext, input: ListDeliveriesInput): Promise<DeliveriesView> {
  const { namespace, webhookId, after, limit, status } = input;
  return perform(ctx, "webhook.list", { namespace }, async ({ db, principal }) => {
    const webhook = await findWebhook(db, principal, webhookId);
    const rows = await db.webhookDelivery.findMany({
      where: {
        webhookId: webhook.id,
        ...(status !== null && { status }),
        ...(after !== null && (await olderThan(db, webhook, after))),
      },
      include: DELIVERY_INCLUDE,
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    return {
      deliveries: await toDeliveryViews(db, principal.namespace.id, page),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

async function olderThan(db: MetadataReader, webhook: WebhookRow, id: string) {
  const last = isUuid(id)
    ? await db.webhookDelivery.findFirst({ where: { id: id.toLowerCase(), webhookId: webhook.id } })
    : null;
  if (!last) {
    throw new LastgoodError("not_found", `${webhook.name} has no such delivery to go on after.`, {
      field: "after",
      hint: "Begin with the first page again.",
    });
  }
  const { createdAtMs } = last;
  return { OR: [{ createdAtMs: { lt: createdAtMs } }, { createdAtMs, id: { lt: last.id } }] };
}
