"use server";

import { z } from "zod";
import { createErasure, planErasure } from "../../lib/services/erasure/create-erasure.ts";
import { cancelErasure } from "../../lib/services/erasure/list-erasures.ts";
import { action } from "../../lib/web/action.ts";
import { erasureBodySchema, erasurePlanSchema } from "../../lib/web/erasure-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };

/** What purging history up to a moment would take; changes nothing. */
export const showErasure = action(erasurePlanSchema.extend(ofDatabase), (ctx, input) => planErasure(ctx, input));

/** Announces that history is purged up to a moment. */
export const startErasure = action(erasureBodySchema.extend(ofDatabase), (ctx, input) => createErasure(ctx, input));

/** Takes an announced erasure back. */
export const stopErasure = action(z.strictObject({ ...ofDatabase, erasure: z.uuid() }), (ctx, input) =>
  cancelErasure(ctx, input),
);
