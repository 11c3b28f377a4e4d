import { listRegions } from "../../../lib/services/agents/list-regions.ts";
import { endpoint, json, route } from "../../../lib/web/route.ts";
import { namespaceOfCall, toV1Region, v1NamespaceSchema } from "../../../lib/web/v1-region-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: v1NamespaceSchema,
    handle: async ({ ctx, query }) => {
      const regions = await listRegions(ctx, { namespace: namespaceOfCall(ctx, query.namespace) });
      return json({ regions: regions.map(toV1Region) });
    },
  }),
});
