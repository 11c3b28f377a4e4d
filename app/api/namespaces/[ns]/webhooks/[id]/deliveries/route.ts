import { listDeliveries } from "../../../../../../../lib/services/webhooks/list-deliveries.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";
import { deliveriesQuerySchema } from "../../../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: deliveriesQuerySchema,
    handle: async ({ ctx, param, query: { after = null, limit, status = null } }) =>
      json(await listDeliveries(ctx, { namespace: param("ns"), webhookId: param("id"), after, limit, status })),
  }),
});
