import type { MetadataReader } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { Principal } from "../find-principal.ts";

export type WebhookRow = Prisma.WebhookGetPayload<Record<string, never>>;

/** A webhook of the caller's namespace. Anything else is `not_found`. */
export async function findWebhook(db: MetadataReader, principal: Principal, webhookId: string): Promise<WebhookRow> {
  const row = isUuid(webhookId)
    ? await db.webhook.findFirst({
        where: { id: webhookId.toLowerCase(), namespaceId: principal.namespace.id, deletedAtMs: null },
      })
    : null;
  if (!row) {
    throw new LastgoodError("not_found", "There is no such webhook in this namespace.", { hint: "List its webhooks." });
  }
  return row;
}
