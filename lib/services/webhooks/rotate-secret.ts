import type { WebhookSecretView } from "../../client/webhook-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findWebhook } from "./find-webhook.ts";
import { toWebhookViews } from "./to-webhook-view.ts";
import { makeWebhookSecret, sealWebhookSecret } from "./webhook-secret.ts";

const HOUR_MS = 3_600_000;

/**
 * Makes a new secret and answers it, this once. The former one signs beside it for `overlapHours`, so that receivers can change over
 * without missing anything; 0 ends it at once, for one that leaked. One that was former already ends now.
 */
export function rotateSecret(
  ctx: CallContext,
  { namespace, webhookId, overlapHours }: { namespace: string; webhookId: string; overlapHours: number },
): Promise<WebhookSecretView> {
  const secret = makeWebhookSecret();
  return perform(ctx, "webhook.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findWebhook(db, principal, webhookId);
    note({ kind: "webhook", id: row.id }, { name: row.name, secret: "rotated", overlapHours });
    await requireConfirmed(ctx, db);
    const now = nowMs();
    const changed = await db.webhook.update({
      where: { id: row.id },
      data: {
        secretSealed: sealWebhookSecret(row.id, secret),
        formerSealed: overlapHours === 0 ? null : row.secretSealed,
        formerUntilMs: overlapHours === 0 ? null : now + BigInt(overlapHours * HOUR_MS),
        updatedAtMs: now,
        version: { increment: 1 },
      },
    });
    const [webhook] = await toWebhookViews(db, principal.namespace.id, [changed]);
    if (!webhook) throw new Error("a webhook that was just written has a view");
    return { webhook, secret };
  });
}
