import type { WebhookView } from "../../client/webhook-types.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findWebhook } from "./find-webhook.ts";
import { toWebhookViews } from "./to-webhook-view.ts";

/** The webhooks of a namespace, oldest first. */
export function listWebhooks(ctx: CallContext, { namespace }: { namespace: string }): Promise<WebhookView[]> {
  return perform(ctx, "webhook.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const rows = await db.webhook.findMany({
      where: { namespaceId, deletedAtMs: null },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    });
    return toWebhookViews(db, namespaceId, rows);
  });
}

export function getWebhook(
  ctx: CallContext,
  { namespace, webhookId }: { namespace: string; webhookId: string },
): Promise<WebhookView> {
  return perform(ctx, "webhook.list", { namespace }, async ({ db, principal }) => {
    const row = await findWebhook(db, principal, webhookId);
    const [view] = await toWebhookViews(db, principal.namespace.id, [row]);
    if (!view) throw new Error("a webhook that was found has a view");
    return view;
  });
}
