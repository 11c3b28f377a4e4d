import type { MetadataTransaction } from "../../db/client.ts";
import { dueRuns } from "../../domain/schedule.ts";
import type { CallContext } from "../call-context.ts";
import { toTimedSchedule } from "./to-schedule-view.ts";
import { type OfSchedule, withoutDone, writeRuns } from "./write-runs.ts";

/**
 * Writes down as missed what was due of a schedule and nobody has decided on, before it is changed, paused or deleted: afterwards
 * nobody would know that it was ever due.
 * @param happened what was done to the schedule before those could run: `changed`
 */
export async function settleDue(
  tx: MetadataTransaction,
  ctx: CallContext,
  schedule: OfSchedule,
  { happened, nowMs }: { happened: string; nowMs: number },
): Promise<void> {
  if (!schedule.active) return;
  const open = await withoutDone(tx, schedule.id, dueRuns(toTimedSchedule(schedule), nowMs));
  const because = `The schedule was ${happened} before it could run.`;
  const missed = open.map((dueMs) => ({ dueMs, outcome: "missed" as const, because, backupId: null }));
  await writeRuns(tx, ctx, schedule, missed, nowMs);
}
