import type { WebhookView } from "../../client/webhook-types.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, OLDEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findWebhook } from "./find-webhook.ts";
import { toWebhookViews } from "./to-webhook-view.ts";

/** All webhooks of a namespace, oldest first. */
export async function listWebhooks(ctx: CallContext, of: { namespace: string }): Promise<WebhookView[]> {
  return (await readEveryPage((after) => pageWebhooks(ctx, { ...of, after }))).flatMap(({ webhooks }) => webhooks);
}

/** A page of a namespace's webhooks, oldest first; `next` is what `after` takes for the one after it. */
export function pageWebhooks(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ webhooks: WebhookView[]; next: string | null }> {
  return perform(ctx, "webhook.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const page = openPage(["webhooks", namespaceId], { after, limit }, OLDEST_FIRST);
    const found = await db.webhook.findMany({
      where: { namespaceId, deletedAtMs: null, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { webhooks: await toWebhookViews(db, namespaceId, rows), next };
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
