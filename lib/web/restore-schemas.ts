import { z } from "zod";
import { databaseNameSchema } from "../domain/names.ts";
import { ttlHoursSchema } from "../domain/preview.ts";
import { restoreSourceFields } from "./api-schemas.ts";

/** What our own routes and server actions take about where a restore goes; `parseRestoreTarget` takes what fits together. */
const idSchema = z.string().min(1).max(64);

export const restoreTargetFields = {
  target: z
    .enum(["project", "new_preview", "new_database", "preview"], {
      error: 'The target is "new_preview", "preview", "new_database" or "project".',
    })
    .optional(),
  name: databaseNameSchema.optional(),
  previewId: idSchema.optional(),
  ttlHours: ttlHoursSchema.optional(),
} as const;

export const restorePlanSchema = z.strictObject({ ...restoreSourceFields, ...restoreTargetFields });
export const extendBodySchema = z.strictObject({ ttlHours: ttlHoursSchema });
export const cutoverPlanSchema = z.strictObject({ previewId: idSchema });
export const downloadQuerySchema = z.strictObject({ bookmark: z.string().max(128).optional() });
