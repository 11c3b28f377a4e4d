import { z } from "zod";
import {
  ALARM_LIMITS,
  ALARM_STATES,
  alarmNoteSchema,
  alarmReasonSchema,
  alarmSettingsSchema,
} from "../domain/alarm.ts";

/** What the routes and server actions of alarms take. */
export const alarmsQuerySchema = z.strictObject({
  /** `open`: raised and acknowledged ones. */
  state: z.enum([...ALARM_STATES, "open"]).optional(),
  /** By id or name. */
  database: z.string().min(1).max(64).optional(),
  /** `next` of the page before. */
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(ALARM_LIMITS.perPage).optional(),
});

export const acknowledgeBodySchema = z.strictObject({ note: alarmNoteSchema.optional() });
export const resolveBodySchema = z.strictObject({ reason: alarmReasonSchema });

/** Settings as they are to be, and the version of what was read; 0 where nobody has set any. */
export const alarmSettingsBodySchema = alarmSettingsSchema.extend({
  version: z.int("Give the version that you have read, 0 where nobody has set any.").min(0),
});
