import { randomUUID } from "node:crypto";
import type { SnapshotView } from "../../client/api-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { authorise, perform } from "../perform.ts";
import { toSnapshotView } from "./to-snapshot-view.ts";

/**
 * "Snapshot now": pins a label to the newest committed state, after everything acknowledged so far was captured.
 * @param input `label` as `labelSchema` made it
 */
export async function createRestorePoint(
  ctx: CallContext,
  { namespace, database, label }: { namespace: string; database: string; label: string },
): Promise<SnapshotView> {
  const row = await authorise(ctx, "restore-point.create", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    await requireWritable(db, principal, found);
    return found;
  });
  requireProtected(row);
  const current = await askAgentOf(row, "current", { databaseId: row.id });
  const id = randomUUID();
  const point = await perform(ctx, "restore-point.create", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, row.id);
    await requireWritable(db, principal, found);
    const { id: databaseId } = found;
    note({ kind: "restore-point", id }, { databaseId, label, bookmark: current.bookmark });
    return db.restorePoint.create({
      data: {
        id,
        databaseId,
        label,
        kind: "pitr",
        bookmark: current.bookmark,
        timeMs: BigInt(current.timeMs),
        createdAtMs: nowMs(),
        createdBy: principal.name,
      },
    });
  });
  return toSnapshotView(point, null, row.windowDays);
}
