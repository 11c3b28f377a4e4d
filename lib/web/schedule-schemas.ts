import { z } from "zod";
import { scheduleDraftSchema } from "../domain/schedule.ts";

/** What the routes and server actions of schedules take. */
const { name, kind, cron, zone, active, retentionDays, keepAtMost, jitterSeconds } = scheduleDraftSchema.shape;

export const scheduleBodySchema = z.strictObject({
  name,
  kind: kind.default("physical"),
  cron,
  zone: zone.default("UTC"),
  active: active.default(true),
  retentionDays: retentionDays.default(null),
  keepAtMost: keepAtMost.default(null),
  jitterSeconds: jitterSeconds.default(0),
});

/** What becomes another, and the version of what was read. */
export const changeScheduleBodySchema = scheduleDraftSchema
  .partial()
  .extend({ version: z.int("Give the version that you have read.").min(0), planDigest: z.string().max(128).optional() })
  .refine(
    ({ version, planDigest, ...change }) => version >= 0 && planDigest !== "" && Object.keys(change).length > 0,
    "Give what is to change.",
  );
