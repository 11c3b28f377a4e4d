import type { WebhookView } from "../../client/webhook-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { EventType } from "../../domain/event.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { readCovered, resolveCovered } from "../databases/covered-databases.ts";
import { requireAllowedAddress } from "../egress/check-target.ts";
import { authorise, perform } from "../perform.ts";
import { cancelPending } from "./cancel-pending.ts";
import { findWebhook } from "./find-webhook.ts";
import { readTypes, toWebhookViews } from "./to-webhook-view.ts";

export type UpdateWebhookInput = {
  namespace: string;
  webhookId: string;
  name?: string | undefined;
  url?: string | undefined;
  types?: "all" | readonly EventType[] | undefined;
  databases?: "all" | readonly string[] | undefined;
  active?: boolean | undefined;
};

/**
 * Changes what is given. A new address is checked, and asks people for their password again. Switched off, it is told nothing more:
 * what was still to be sent is cancelled, and can be replayed later. Throws `address_refused`, `not_found`.
 */
export async function updateWebhook(ctx: CallContext, input: UpdateWebhookInput): Promise<WebhookView> {
  const { namespace, webhookId, name, url, types, active } = input;
  const isNewAddress = await authorise(ctx, "webhook.change", { namespace }, async (db, principal) => {
    const row = await findWebhook(db, principal, webhookId);
    if (url === undefined || url === row.url) return false;
    await requireConfirmed(ctx, db);
    return true;
  });
  if (isNewAddress && url !== undefined) await requireAllowedAddress(url);
  return perform(ctx, "webhook.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findWebhook(db, principal, webhookId);
    if (url !== undefined && url !== row.url) {
      // Somebody else may have changed it since it was looked at.
      if (!isNewAddress) throw new LastgoodError("conflict", "It changed just now.", { hint: "Look at it again." });
      await requireConfirmed(ctx, db);
    }
    const databases =
      input.databases === undefined ? readCovered(row.databases) : await resolveCovered(db, principal, input.databases);
    const isSwitchedOn = active === true && !row.active;
    const changed = await db.webhook.update({
      where: { id: row.id },
      data: {
        ...(name !== undefined && { name }),
        ...(url !== undefined && { url }),
        ...(types !== undefined && { types: types === "all" ? null : JSON.stringify(types) }),
        databases: databases && JSON.stringify(databases),
        ...(active !== undefined && { active }),
        ...(isSwitchedOn && { problem: null }),
        updatedAtMs: nowMs(),
        version: { increment: 1 },
      },
    });
    if (active === false) await cancelPending(db, row.id);
    note({ kind: "webhook", id: row.id }, { before: factsOf(row), after: factsOf(changed) });
    const [view] = await toWebhookViews(db, principal.namespace.id, [changed]);
    if (!view) throw new Error("a webhook that was just written has a view");
    return view;
  });
}

function factsOf(row: { name: string; url: string; types: string | null; databases: string | null; active: boolean }) {
  const { name, url, active } = row;
  return { name, url, active, types: readTypes(row.types) ?? "all", databases: readCovered(row.databases) ?? "all" };
}
