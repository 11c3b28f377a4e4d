"use server";

import { z } from "zod";
import { remarkSchema } from "../../lib/domain/names.ts";
import { createCutover } from "../../lib/services/restores/create-cutover.ts";
import { action } from "../../lib/web/action.ts";
import { aroundFields } from "../../lib/web/api-schemas.ts";

const startCutoverSchema = z.strictObject({
  namespace: z.string().max(64),
  /** The project. */
  database: z.string().max(64),
  previewId: z.string().min(1).max(64),
  /** The preview's state that was shown. */
  at: z.string().max(128).optional(),
  confirmName: z.string({ error: "Type the database's name to confirm." }).max(200),
  reason: remarkSchema.optional(),
  planDigest: z.string().max(128).optional(),
  ...aroundFields,
});

/** Queues making a preview's state the project's; the project's name is typed, and `at` and `planDigest` are those of the plan that was shown. */
export const startCutover = action(startCutoverSchema, (ctx, input) => createCutover(ctx, input));
