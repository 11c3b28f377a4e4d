"use server";

import { z } from "zod";
import { cancelDrill as cancel } from "../../lib/services/drills/cancel-drill.ts";
import { createDrill } from "../../lib/services/drills/create-drill.ts";
import { setDrillPlan } from "../../lib/services/drills/set-drill-plan.ts";
import { action } from "../../lib/web/action.ts";
import { drillBodySchema, drillPlanBodySchema } from "../../lib/web/drill-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };

/** Has a database restored into a throwaway now. */
export const startDrill = action(drillBodySchema.extend(ofDatabase), (ctx, input) => createDrill(ctx, input));

/** Stops a drill; its throwaway is removed. */
export const cancelDrill = action(z.strictObject({ ...ofDatabase, drill: z.uuid() }), (ctx, input) =>
  cancel(ctx, input),
);

/** Sets when a database is drilled by itself, and what has to hold. */
export const saveDrillPlan = action(
  drillPlanBodySchema.extend(ofDatabase),
  (ctx, { namespace, database, version, ...plan }) => setDrillPlan(ctx, { namespace, database, plan, version }),
);
