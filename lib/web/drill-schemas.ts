import { z } from "zod";
import { aimsSchema, drillPlanDraftSchema } from "../domain/drill.ts";

/** What the routes and server actions of drills take. */
export const drillBodySchema = z.strictObject({
  /** Left out: as the plan has it, else both. */
  aims: aimsSchema.optional(),
});

const { active, cron, zone, aims, assertions } = drillPlanDraftSchema.shape;

/** A plan as it is to be, and the version of what was read; 0 where there is none yet. */
export const drillPlanBodySchema = z.strictObject({
  active: active.default(true),
  cron,
  zone: zone.default("UTC"),
  aims: aims.default(["latest", "random"]),
  assertions: assertions.default([]),
  version: z.int("Give the version that you have read, 0 where there is no plan yet.").min(0),
});
