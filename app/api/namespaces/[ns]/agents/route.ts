import { listAgents } from "../../../../../lib/services/agents/list-agents.ts";
import { agentsAnswer } from "../../../../../lib/web/answers/agent-answers.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listAgents",
      tag: "Agents",
      summary: "List the agents",
      description: "Each one that runs is asked, for two seconds at most.",
      action: "agent.list",
      answers: { 200: { says: "All agents of this Lastgood, those that run first.", schema: agentsAnswer } },
    },
    handle: async ({ ctx, param }) => json(await listAgents(ctx, { namespace: param("ns") })),
  }),
});
