import { z } from "zod";
import { remarkSchema } from "../domain/names.ts";

/** What is purged: everything before a moment. */
export const erasureFields = {
  beforeMs: z.int("Give the moment in Unix milliseconds.").min(1),
  /** Backups of older states are deleted with it. */
  includeBackups: z.boolean().default(false),
};

export const erasurePlanSchema = z.strictObject(erasureFields);

export const erasureBodySchema = z.strictObject({
  ...erasureFields,
  /** The database's name, as a person typed it. */
  confirmName: z.string().max(200).optional(),
  reason: remarkSchema.optional(),
});
