import { pushNow } from "../../../../../../../lib/services/integrations/push-now.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json({ pushes: await pushNow(ctx, { namespace: param("ns"), integrationId: param("id") }) }, 202),
  }),
});
