import type { DeliveriesView } from "../../client/webhook-types.ts";
import type { DeliveryStatus } from "../../domain/webhook.ts";
import type { CallContext } from "../call-context.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findWebhook } from "./find-webhook.ts";
import { DELIVERY_INCLUDE, toDeliveryViews } from "./to-delivery-view.ts";

export type ListDeliveriesInput = {
  namespace: string;
  webhookId: string;
  status?: DeliveryStatus | undefined;
} & PageInput;

/** Deliveries a page, unless the caller says how many. */
export const DELIVERIES_A_PAGE = 50;

/** The log of a webhook, newest first, with every attempt. */
export function listDeliveries(ctx: CallContext, input: ListDeliveriesInput): Promise<DeliveriesView> {
  const { namespace, webhookId, after, limit = DELIVERIES_A_PAGE, status } = input;
  return perform(ctx, "webhook.list", { namespace }, async ({ db, principal }) => {
    const webhook = await findWebhook(db, principal, webhookId);
    const page = openPage(["deliveries", webhook.id, status ?? null], { after, limit }, NEWEST_FIRST);
    const found = await db.webhookDelivery.findMany({
      where: { webhookId: webhook.id, ...(status !== undefined && { status }), AND: [page.behind] },
      include: DELIVERY_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { deliveries: await toDeliveryViews(db, principal.namespace.id, rows), next };
  });
}
