import { getDiskBudget } from "../../../../../../../lib/services/disk-budget/read-budgets.ts";
import { setDiskBudget } from "../../../../../../../lib/services/disk-budget/set-budget.ts";
import { diskBudgetAnswer } from "../../../../../../../lib/web/answers/disk-budget-answers.ts";
import { diskBudgetBodySchema } from "../../../../../../../lib/web/disk-budget-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readDiskBudget",
      tag: "Agents",
      summary: "Read how an agent's disk stands, and what would give way",
      action: "store.read",
      answers: { 200: { says: "As it was measured last.", schema: diskBudgetAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getDiskBudget(ctx, { namespace: param("ns"), agent: param("id") })),
  }),
  PUT: endpoint({
    operation: {
      id: "setDiskBudget",
      tag: "Agents",
      summary: "Set how much of its disk an agent may take",
      action: "store.change",
      answers: { 200: { says: "What counts from now on.", schema: diskBudgetAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    body: diskBudgetBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await setDiskBudget(ctx, { namespace: param("ns"), agent: param("id"), ...body })),
  }),
});
