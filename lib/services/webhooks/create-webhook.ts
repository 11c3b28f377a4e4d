import { randomUUID } from "node:crypto";
import type { WebhookSecretView } from "../../client/webhook-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { EventType } from "../../domain/event.ts";
import { WEBHOOK_LIMITS } from "../../domain/webhook.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { resolveCovered } from "../databases/covered-databases.ts";
import { requireAllowedAddress } from "../egress/check-target.ts";
import { authorise, perform } from "../perform.ts";
import { toWebhookViews } from "./to-webhook-view.ts";
import { makeWebhookSecret, sealWebhookSecret } from "./webhook-secret.ts";

export type CreateWebhookInput = {
  namespace: string;
  name: string;
  url: string;
  types: "all" | readonly EventType[];
  /** Ids or names. */
  databases: "all" | readonly string[];
};

/**
 * Makes a webhook and answers its secret, this once: it is kept sealed. The address is checked now, and again whenever something is
 * sent there. Throws `address_refused`, and `not_found` for a database that the caller does not see.
 */
export async function createWebhook(ctx: CallContext, input: CreateWebhookInput): Promise<WebhookSecretView> {
  const { namespace, name, url, types } = input;
  await authorise(ctx, "webhook.change", { namespace }, () => requireConfirmed(ctx));
  await requireAllowedAddress(url);
  const id = randomUUID();
  const secret = makeWebhookSecret();
  return perform(ctx, "webhook.change", { namespace }, async ({ db, principal, note }) => {
    await requireConfirmed(ctx, db);
    await requireRoom(db, principal.namespace.id);
    const databases = await resolveCovered(db, principal, input.databases);
    const now = nowMs();
    const row = await db.webhook.create({
      data: {
        id,
        namespaceId: principal.namespace.id,
        name,
        url,
        types: types === "all" ? null : JSON.stringify(types),
        databases: databases && JSON.stringify(databases),
        secretSealed: sealWebhookSecret(id, secret),
        createdAtMs: now,
        createdBy: principal.name,
        updatedAtMs: now,
      },
    });
    note({ kind: "webhook", id }, { after: { name, url, types, databases: databases ?? "all" } });
    const [webhook] = await toWebhookViews(db, principal.namespace.id, [row]);
    if (!webhook) throw new Error("a webhook that was just written has a view");
    return { webhook, secret };
  });
}

async function requireRoom(db: MetadataTransaction, namespaceId: string): Promise<void> {
  const count = await db.webhook.count({ where: { namespaceId, deletedAtMs: null } });
  if (count < WEBHOOK_LIMITS.perNamespace) return;
  throw new LastgoodError("conflict", `This namespace has ${count} webhooks already.`, {
    hint: "Delete one that nobody needs any more.",
  });
}
