import { listPushes } from "../../../../../../../lib/services/integrations/list-integrations.ts";
import { pushesQuerySchema } from "../../../../../../../lib/web/integration-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: pushesQuerySchema,
    handle: async ({ ctx, param, query: { after = null, limit } }) =>
      json(await listPushes(ctx, { namespace: param("ns"), integrationId: param("id"), after, limit })),
  }),
});
