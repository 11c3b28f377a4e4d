import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { perform } from "../perform.ts";
import { findSchedule } from "./find-schedule.ts";
import { settleDue } from "./settle-due.ts";

/** Deletes a schedule. Its backups stay for as long as they would have, and one that is being made is finished. */
export async function deleteSchedule(
  ctx: CallContext,
  { namespace, database, schedule }: OfDatabase & { schedule: string },
): Promise<void> {
  await perform(ctx, "schedule.delete", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, database);
    const row = await findSchedule(db, found, schedule);
    note({ kind: "schedule", id: row.id }, { databaseId: found.id, name: row.name });
    const nowMs = Date.now();
    await settleDue(db, ctx, { ...row, database: found }, { happened: "deleted", nowMs });
    const data = { deletedAtMs: BigInt(nowMs), nameKey: null, active: false, version: { increment: 1 } };
    await db.schedule.update({ where: { id: row.id }, data });
  });
}
