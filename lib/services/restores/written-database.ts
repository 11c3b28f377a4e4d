import type { MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { buryDatabase } from "../databases/bury-database.ts";
import { createJob } from "../jobs/create-job.ts";

type Written = { databaseId: string; targetKind: string; targetDatabaseId: string | null };

/** The database that a restore writes: the one it was asked of, or the copy that it makes or overwrites. */
export function writtenBy({ databaseId, targetDatabaseId }: Written): string {
  return targetDatabaseId ?? databaseId;
}

/** Whether the database that it writes exists only because of it. */
export function makesDatabase({ targetKind }: Pick<Written, "targetKind">): boolean {
  return targetKind === "new_preview" || targetKind === "new_database";
}

/** Removes a copy that was not completed, with whatever is there of it: nobody has ever had it. */
export async function dropUnfinished(tx: MetadataTransaction, databaseId: string, by: string): Promise<void> {
  const row = await tx.database.findUnique({ where: { id: databaseId } });
  if (!row || row.deletedAtMs !== null || row.state !== "preparing") return;
  const atMs = await storeNowMs(tx);
  await buryDatabase(tx, row, { by, atMs, purgeAfterMs: atMs });
  const owner = { agentId: row.agentId, databaseId };
  await createJob(tx, owner, { kind: "database.purge", payload: { databaseId } });
}
