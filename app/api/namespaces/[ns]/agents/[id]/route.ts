import { getAgent } from "../../../../../../lib/services/agents/list-agents.ts";
import { agentAnswer } from "../../../../../../lib/web/answers/agent-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readAgent",
      tag: "Agents",
      summary: "Read an agent",
      action: "agent.list",
      params: { id: "The agent's id." },
      answers: { 200: { says: "The agent.", schema: agentAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getAgent(ctx, { namespace: param("ns"), agentId: param("id") })),
  }),
});
