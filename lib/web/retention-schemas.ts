import { z } from "zod";
import { MOST_BACKUPS } from "../domain/retention.ts";

/** What routes and server actions of retention take. */
const maxBackups = z
  .int("How many backups are kept is a whole number.")
  .min(1, "At least one backup is kept.")
  .max(MOST_BACKUPS, `At most ${MOST_BACKUPS.toLocaleString("en-US")} backups.`)
  .nullable();
const retentionDays = z
  .int("Backups are kept for a whole number of days.")
  .min(1, "Backups are kept for at least a day.")
  .max(365, "Backups are kept for at most 365 days.")
  .nullable();

export const retentionFields = { maxBackups, planDigest: z.string().max(128).optional() };
export const retentionBodySchema = z.strictObject(retentionFields);

export const retentionPlanFields = {
  maxBackups: maxBackups.optional(),
  schedule: z.strictObject({ id: z.uuid(), retentionDays, keepAtMost: maxBackups.optional() }).optional(),
};
export const retentionPlanSchema = z.strictObject(retentionPlanFields);
