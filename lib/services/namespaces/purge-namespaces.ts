import { storeNowMs } from "../../db/store-time.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { removeIntegration } from "../integrations/delete-integration.ts";
import { transact } from "../transact.ts";
import { removeWebhook } from "../webhooks/delete-webhook.ts";

/**
 * Ends the namespaces whose grace period is over and of whose databases nothing is left: memberships, invitations, tokens,
 * webhooks and integrations go with their secrets, the slug is free. The row stays for the audit log. Answers how many.
 */
export function purgeNamespaces(ctx: CallContext): Promise<number> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const due = await tx.namespace.findMany({
      where: {
        deletedAtMs: { not: null },
        purgedAtMs: null,
        purgeAfterMs: { lte: now },
        databases: { none: { purgedAtMs: null } },
      },
    });
    for (const { id, slug, name } of due) {
      await tx.membership.deleteMany({ where: { namespaceId: id } });
      await tx.invitation.deleteMany({ where: { namespaceId: id } });
      await tx.apiToken.updateMany({
        where: { namespaceId: id, revokedAtMs: null },
        data: { revokedAtMs: now, revokedBy: "the end of its namespace" },
      });
      const live = { where: { namespaceId: id, deletedAtMs: null }, select: { id: true } };
      for (const webhook of await tx.webhook.findMany(live)) await removeWebhook(tx, webhook.id);
      for (const integration of await tx.integration.findMany(live)) await removeIntegration(tx, integration.id);
      await tx.namespace.update({ where: { id }, data: { slug: `purged-${id}`, purgedAtMs: now } });
      await writeAuditEntry(tx, ctx, {
        action: "namespace.purge",
        outcome: "done",
        namespaceId: id,
        actorName: null,
        target: { kind: "namespace", id },
        detail: { slug, name },
      });
    }
    return due.length;
  });
}
