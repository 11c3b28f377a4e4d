import type { RetentionChange, RetentionView } from "../../client/retention-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { toRetentionPlan, underChange } from "./plan-retained.ts";
import { readRetained } from "./read-retained.ts";

/**
 * What retention would delete now, by the limits as they are or as they would be after a change, and why it keeps the rest.
 * Changes nothing.
 */
export function previewRetention(
  ctx: CallContext,
  { namespace, database, change = {} }: { namespace: string; database: string; change?: RetentionChange },
): Promise<RetentionView> {
  return perform(ctx, "backup.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const { schedule } = change;
    if (schedule && (await db.schedule.count({ where: { id: schedule.id, databaseId: row.id } })) === 0) {
      throw new LastgoodError("not_found", `${row.name} has no such schedule.`, { hint: "List its schedules." });
    }
    const retained = underChange(await readRetained(metadata(), row), change);
    return { maxBackups: retained.rules.maxBackups, plan: toRetentionPlan(retained, Date.now()) };
  });
}
