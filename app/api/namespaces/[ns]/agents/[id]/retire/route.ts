import { retireAgent } from "../../../../../../../lib/services/agents/retire-agent.ts";
import { agentAnswer } from "../../../../../../../lib/web/answers/agent-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "retireAgent",
      tag: "Agents",
      summary: "Retire an agent",
      description: "For good. It is refused while the agent owns databases.",
      action: "agent.retire",
      params: { id: "The agent's id." },
      answers: { 200: { says: "The agent, which stops within seconds should it run.", schema: agentAnswer } },
      errors: [...GUARDED_ERRORS, "not_supported"],
    },
    handle: async ({ ctx, param }) => json(await retireAgent(ctx, { namespace: param("ns"), agentId: param("id") })),
  }),
});
