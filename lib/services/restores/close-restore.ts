import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";

/** Ends an open restore that reached nothing, and lets its database's callers in again. A closed one stays as it is. */
export async function closeRestore(
  tx: MetadataTransaction,
  which: { jobId: string } | { id: string },
  { error, cancelled }: { error: LastgoodError; cancelled: boolean },
): Promise<void> {
  const restore = await tx.restore.findFirst({ where: { ...which, openKey: { not: null } } });
  if (!restore) return;
  await tx.restore.update({
    where: { id: restore.id },
    data: {
      openKey: null,
      status: cancelled ? "cancelled" : "failed",
      errorCode: error.code,
      errorMessage: error.message,
      finishedAtMs: nowMs(),
    },
  });
  await reopenDatabase(tx, restore.databaseId);
}

/** Ends the state in which callers are turned away. */
export async function reopenDatabase(tx: MetadataTransaction, databaseId: string): Promise<void> {
  await tx.database.updateMany({ where: { id: databaseId, state: "restoring" }, data: { state: "active" } });
}
