import type { BackupView } from "../../client/backup-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { findObstacle, queueScheduledBackup } from "./decide-runs.ts";
import { findSchedule } from "./find-schedule.ts";

/**
 * Makes the backup of a schedule now, also of one that is paused; its next run stays when it is. Answers the backup's id. Throws
 * `conflict` while one of its backups is being made.
 */
export async function runSchedule(
  ctx: CallContext,
  { namespace, database, schedule: reference }: OfDatabase & { schedule: string },
): Promise<{ backupId: BackupView["id"] }> {
  const { row, backupId } = await perform(ctx, "backup.create", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    const schedule = { ...(await findSchedule(db, row, reference)), database: row };
    await requireWritable(db, principal, row);
    requireProtected(row);
    const obstacle = await findObstacle(db, schedule);
    if (obstacle !== null) {
      throw new LastgoodError("conflict", `${schedule.name} cannot run now. ${obstacle}`, {
        hint: "Wait until that backup is complete, then run it again.",
      });
    }
    const by = { createdBy: principal.userId, createdByName: principal.name };
    const backupId = await queueScheduledBackup(db, schedule, Date.now(), by);
    note({ kind: "backup", id: backupId }, { databaseId: row.id, name: schedule.name, scheduleId: schedule.id });
    return { row, backupId };
  });
  await wakeAgent(row);
  return { backupId };
}
