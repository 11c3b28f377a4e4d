"use server";

import { z } from "zod";
import { scheduleDraftSchema } from "../../lib/domain/schedule.ts";
import { changeSchedule } from "../../lib/services/schedules/change-schedule.ts";
import { createSchedule } from "../../lib/services/schedules/create-schedule.ts";
import { deleteSchedule } from "../../lib/services/schedules/delete-schedule.ts";
import { runSchedule } from "../../lib/services/schedules/run-schedule.ts";
import { action } from "../../lib/web/action.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };
const ofSchedule = { ...ofDatabase, schedule: z.string().max(64) };

/** Makes a schedule; its first run is the next one that comes due. */
export const makeSchedule = action(
  z.strictObject({ ...ofDatabase, draft: scheduleDraftSchema }),
  (ctx, { draft, ...of }) => createSchedule(ctx, { ...of, schedule: draft }),
);

/** Changes a schedule, pauses it or lets it go on. */
export const saveSchedule = action(
  z.strictObject({
    ...ofSchedule,
    change: scheduleDraftSchema.partial(),
    version: z.int().min(0),
    planDigest: z.string().max(128).optional(),
  }),
  (ctx, input) => changeSchedule(ctx, input),
);

/** Ends a schedule; its backups stay. */
export const removeSchedule = action(z.strictObject(ofSchedule), async (ctx, input) => {
  await deleteSchedule(ctx, input);
  return null;
});

/** Makes the backup of a schedule now. */
export const runScheduleNow = action(z.strictObject(ofSchedule), (ctx, input) => runSchedule(ctx, input));
