import type { CallContext } from "../call-context.ts";
import { findDatabase, requireWritable } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findRestorePoint } from "../restores/resolve-source.ts";

/** Removes a label, and nothing but the label: its moment stays restorable. */
export async function deleteRestorePoint(
  ctx: CallContext,
  { namespace, database, restorePointId }: { namespace: string; database: string; restorePointId: string },
): Promise<void> {
  await perform(ctx, "restore-point.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const point = await findRestorePoint(db, row, restorePointId);
    await requireWritable(db, principal, row);
    note({ kind: "restore-point", id: point.id }, { databaseId: point.databaseId, label: point.label });
    await db.restorePoint.delete({ where: { id: point.id } });
  });
}
