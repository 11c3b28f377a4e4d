import { listDeliveries } from "../../../../../../../lib/services/webhooks/list-deliveries.ts";
import { deliveriesAnswer } from "../../../../../../../lib/web/answers/webhook-answers.ts";
import { deliveriesQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDeliveries",
      tag: "Webhooks",
      summary: "List deliveries",
      action: "webhook.list",
      params: { id: "The webhook's id." },
      answers: { 200: { says: "A page, newest first.", schema: deliveriesAnswer } },
    },
    query: deliveriesQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listDeliveries(ctx, { namespace: param("ns"), webhookId: param("id"), ...query })),
  }),
});
