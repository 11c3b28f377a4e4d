import { listPushes } from "../../../../../../../lib/services/integrations/list-integrations.ts";
import { pushesAnswer } from "../../../../../../../lib/web/answers/webhook-answers.ts";
import { pushesQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listPushes",
      tag: "Integrations",
      summary: "List what was pushed",
      action: "integration.list",
      params: { id: "The integration's id." },
      answers: { 200: { says: "A page, newest first.", schema: pushesAnswer } },
    },
    query: pushesQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listPushes(ctx, { namespace: param("ns"), integrationId: param("id"), ...query })),
  }),
});
