import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { endPending } from "./end-pending.ts";
import { findIntegration } from "./find-integration.ts";
import { sealIntegrationToken } from "./integration-token.ts";

/** Deletes an integration: nothing is pushed any more, and its token is gone for good. What it pushed stays where it is. */
export async function deleteIntegration(
  ctx: CallContext,
  { namespace, integrationId }: { namespace: string; integrationId: string },
): Promise<void> {
  await perform(ctx, "integration.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findIntegration(db, principal, integrationId);
    note({ kind: "integration", id: row.id }, { name: row.name, baseUrl: row.baseUrl });
    await removeIntegration(db, row.id);
  });
}

/** The same within the transaction of whatever ends it. */
export async function removeIntegration(tx: MetadataTransaction, id: string): Promise<void> {
  await tx.integration.update({
    where: { id },
    data: {
      active: false,
      deletedAtMs: nowMs(),
      tokenSealed: sealIntegrationToken(id, randomUUID()),
      version: { increment: 1 },
    },
  });
  await endPending(tx, id, "The integration was deleted before.");
}
