import type { MetadataTransaction } from "../../db/client.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { emitEvent } from "../events/emit-event.ts";
import type { ErasureRow } from "./to-erasure-view.ts";

const EVENTS = { waiting: "erasure.announced", completed: "erasure.completed", failed: "erasure.failed" } as const;

/** Tells of an erasure that was announced or has ended; of one that was cancelled nothing more. */
export async function tellErasure(
  tx: MetadataTransaction,
  row: ErasureRow,
  { id, name, namespaceId }: Pick<DatabaseRow, "id" | "name" | "namespaceId">,
): Promise<void> {
  const type = EVENTS[row.status as keyof typeof EVENTS];
  if (type === undefined) return;
  const timestamp = (timeMs: bigint) => new Date(Number(timeMs)).toISOString();
  await emitEvent(tx, {
    namespaceId,
    databaseId: id,
    type,
    data: {
      erasure: {
        id: row.id,
        before: timestamp(row.beforeMs),
        begins: timestamp(row.timeMs),
        include_backups: row.includeBackups,
        requested_by: row.requestedByName,
        runs_after: timestamp(row.runAfterMs),
        removed_bytes: row.removedBytes === null ? null : Number(row.removedBytes),
        ...(row.errorCode !== null && { error: { code: row.errorCode, message: row.errorMessage } }),
      },
      database: { id, name },
    },
  });
}
