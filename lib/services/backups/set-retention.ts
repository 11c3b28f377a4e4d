import type { RetentionView } from "../../client/retention-types.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { authorise, perform } from "../perform.ts";
import { toRetentionPlan, underChange } from "./plan-retained.ts";
import { readRetained } from "./read-retained.ts";
import { deletesMore, requireShown } from "./require-shown.ts";

export type SetRetentionInput = {
  namespace: string;
  database: string;
  /** How many backups are kept, pinned ones not counted; null: as many as there are. */
  maxBackups: number | null;
  /** Of the dry run that was shown; needed where the change deletes what is kept so far. */
  planDigest?: string | undefined;
};

/**
 * Changes how many backups of a database are kept. One that deletes more than the present limits do asks people for password or
 * code, and is `conflict` unless its caller has seen exactly what would go.
 */
export async function setRetention(ctx: CallContext, input: SetRetentionInput): Promise<RetentionView> {
  const { namespace, maxBackups } = input;
  const asked = await authorise(ctx, "retention.change", { namespace }, async (db, principal) =>
    readRetained(db, await findDatabase(db, principal, input.database)),
  );
  if (deletesMore(asked, { maxBackups })) await requireConfirmed(ctx);
  return perform(ctx, "retention.change", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, input.database);
    const retained = await readRetained(db, row);
    const plan = toRetentionPlan(underChange(retained, { maxBackups }), Date.now());
    note(
      { kind: "database", id: row.id },
      {
        databaseId: row.id,
        before: { maxBackups: row.maxBackups },
        after: { maxBackups },
        deletes: plan.deletions.length + plan.later.length,
      },
    );
    if (deletesMore(retained, { maxBackups })) {
      requireShown(plan.digest, input.planDigest);
      await requireConfirmed(ctx, db);
    }
    await db.database.update({ where: { id: row.id }, data: { maxBackups } });
    return { maxBackups, plan };
  });
}
