"use server";

import { z } from "zod";
import { setDiskBudget } from "../../lib/services/disk-budget/set-budget.ts";
import { action } from "../../lib/web/action.ts";
import { diskBudgetBodySchema } from "../../lib/web/disk-budget-schemas.ts";

/** Sets how much of its disk an agent may take. */
export const saveDiskBudget = action(
  diskBudgetBodySchema.extend({ namespace: z.string().max(64), agent: z.uuid() }),
  (ctx, input) => setDiskBudget(ctx, input),
);
