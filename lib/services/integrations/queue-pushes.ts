import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { readCovered } from "../databases/covered-databases.ts";

/** What brings a project to another state as a whole; copies and rows do not. */
const REPLACING = ["project", "cutover"];

/**
 * Has the variables of every active integration that covers the restored project pushed again, in the transaction that completes the
 * restore or cutover.
 */
export async function queuePushes(
  tx: MetadataTransaction,
  { namespaceId, restore }: { namespaceId: string; restore: { id: string; databaseId: string; targetKind: string } },
): Promise<void> {
  if (!REPLACING.includes(restore.targetKind)) return;
  await queueCovered(tx, { namespaceId, databaseId: restore.databaseId, restoreId: restore.id });
}

/** The same for a database whose connection has become another one. */
export function queuePushesOf(tx: MetadataTransaction, of: { namespaceId: string; databaseId: string }): Promise<void> {
  return queueCovered(tx, { ...of, restoreId: null });
}

async function queueCovered(
  tx: MetadataTransaction,
  { namespaceId, databaseId, restoreId }: { namespaceId: string; databaseId: string; restoreId: string | null },
): Promise<void> {
  const integrations = await tx.integration.findMany({ where: { namespaceId, active: true, deletedAtMs: null } });
  for (const { id, databases } of integrations) {
    const covered = readCovered(databases);
    if (covered === null || covered.includes(databaseId)) {
      await queuePush(tx, { integrationId: id, databaseId, restoreId });
    }
  }
}

/** One push, to be made as soon as an agent looks. Answers its id. */
export async function queuePush(
  tx: MetadataTransaction,
  what: { integrationId: string; databaseId: string; restoreId: string | null },
): Promise<string> {
  const id = randomUUID();
  const now = nowMs();
  await tx.integrationPush.create({
    data: { id, ...what, status: "pending", names: "[]", nextAtMs: now, createdAtMs: now },
  });
  return id;
}
