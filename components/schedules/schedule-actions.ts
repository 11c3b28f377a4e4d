import type { ActionResult } from "../../lib/client/api-types.ts";
import type { ScheduleDetail } from "../../lib/client/schedule-types.ts";
import type { ScheduleDraft } from "../../lib/domain/schedule.ts";

type OfSchedule = { namespace: string; database: string; schedule: string };

/** What the pages of schedules can have done. */
export type ScheduleActions = {
  make(input: { namespace: string; database: string; draft: ScheduleDraft }): Promise<ActionResult<ScheduleDetail>>;
  save(
    input: OfSchedule & { change: Partial<ScheduleDraft>; version: number; planDigest?: string },
  ): Promise<ActionResult<ScheduleDetail>>;
  remove(input: OfSchedule): Promise<ActionResult<null>>;
  runNow(input: OfSchedule): Promise<ActionResult<{ backupId: string }>>;
};
