import type { CallContext } from "../call-context.ts";
import { findDatabase, requireWritable } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { readPolicy } from "../policies/read-policy.ts";
import { requireLabelDeletable } from "../policies/require-allowed.ts";
import { findRestorePoint } from "../restores/resolve-source.ts";

/** Removes a label, and nothing but the label: its moment stays restorable. A protected label is `forbidden`. */
export async function deleteRestorePoint(
  ctx: CallContext,
  { namespace, database, restorePointId }: { namespace: string; database: string; restorePointId: string },
): Promise<void> {
  await perform(ctx, "restore-point.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const point = await findRestorePoint(db, row, restorePointId);
    await requireWritable(db, principal, row);
    note(
      { kind: "restore-point", id: point.id },
      { databaseId: point.databaseId, label: point.label, before: { bookmark: point.bookmark }, after: null },
    );
    requireLabelDeletable((await readPolicy(db, point.databaseId)).rules, point.label);
    await db.restorePoint.delete({ where: { id: point.id } });
  });
}
