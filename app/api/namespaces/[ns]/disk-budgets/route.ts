import { listDiskBudgets } from "../../../../../lib/services/disk-budget/read-budgets.ts";
import { diskBudgetsAnswer } from "../../../../../lib/web/answers/disk-budget-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDiskBudgets",
      tag: "Agents",
      summary: "List how the agents' disks stand",
      action: "store.read",
      answers: { 200: { says: "One for each agent that has a database here.", schema: diskBudgetsAnswer } },
    },
    handle: async ({ ctx, param }) => json(await listDiskBudgets(ctx, { namespace: param("ns") })),
  }),
});
