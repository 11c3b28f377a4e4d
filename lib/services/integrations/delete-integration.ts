import { randomUUID } from "node:crypto";
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
    await db.integration.update({
      where: { id: row.id },
      data: {
        active: false,
        deletedAtMs: nowMs(),
        tokenSealed: sealIntegrationToken(row.id, randomUUID()),
        version: { increment: 1 },
      },
    });
    await endPending(db, row.id, "The integration was deleted before.");
  });
}
