import { z } from "zod";
import type { ScheduleView } from "../client/schedule-types.ts";
import { dailyTimeOf, retentionDaysSchema } from "../domain/schedule.ts";

/** What `/v1/projects/{id}/scheduled-backups/default` takes and answers: snake case, times as RFC 3339. */
export const v1ScheduleSchema = z.strictObject({
  hour: z.int("The hour is a whole number.").min(0, "Hours count from 0.").max(23, "Hours count up to 23."),
  minute: z.int("The minute is a whole number.").min(0, "Minutes count from 0.").max(59, "Minutes count up to 59."),
  active: z.boolean("active is true or false."),
  retention_days: retentionDaysSchema,
  /** Of the dry run that was shown; needed where fewer days delete backups that are kept so far. */
  plan_digest: z.string().max(128).optional(),
});

const toTime = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

/** The daily schedule; one that was made another on its page has no hour and minute, and its cron and zone say when. */
export function toV1Schedule(view: ScheduleView) {
  const time = dailyTimeOf(view.cron, view.zone);
  return {
    id: view.id,
    project_id: view.database.id,
    hour: time?.hour ?? null,
    minute: time?.minute ?? null,
    active: view.active,
    retention_days: view.retentionDays,
    cron: view.cron,
    zone: view.zone,
    kind: view.kind,
    next_run_at: toTime(view.nextRunMs),
    last_run_at: toTime(view.lastRun?.dueMs ?? null),
    last_outcome: view.lastRun?.outcome ?? null,
    updated_at: toTime(view.updatedAtMs),
  };
}
