import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { cancelPending } from "./cancel-pending.ts";
import { findWebhook } from "./find-webhook.ts";
import { makeWebhookSecret, sealWebhookSecret } from "./webhook-secret.ts";

/** Deletes a webhook: it is told nothing more, and its secret is gone for good. Its log goes with it after a while. */
export async function deleteWebhook(
  ctx: CallContext,
  { namespace, webhookId }: { namespace: string; webhookId: string },
): Promise<void> {
  await perform(ctx, "webhook.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findWebhook(db, principal, webhookId);
    note({ kind: "webhook", id: row.id }, { name: row.name, url: row.url });
    await removeWebhook(db, row.id);
  });
}

/** The same within the transaction of whatever ends it. */
export async function removeWebhook(tx: MetadataTransaction, id: string): Promise<void> {
  await tx.webhook.update({
    where: { id },
    data: {
      active: false,
      deletedAtMs: nowMs(),
      secretSealed: sealWebhookSecret(id, makeWebhookSecret()),
      formerSealed: null,
      formerUntilMs: null,
      version: { increment: 1 },
    },
  });
  await cancelPending(tx, id);
}
