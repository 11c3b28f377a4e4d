import { z } from "zod";
import { listRegions } from "../../../lib/services/agents/list-regions.ts";
import { v1RegionAnswer } from "../../../lib/web/answers/v1-answers.ts";
import { endpoint, json, route } from "../../../lib/web/route.ts";
import { namespaceOfCall, toV1Region, v1NamespaceSchema } from "../../../lib/web/v1-region-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listRegions",
      tag: "v1 projects",
      summary: "List the regions",
      description: "A token fixes the namespace; a session names it.",
      action: "namespace.read",
      answers: { 200: { says: "The regions.", schema: z.strictObject({ regions: z.array(v1RegionAnswer) }) } },
    },
    query: v1NamespaceSchema,
    handle: async ({ ctx, query }) => {
      const regions = await listRegions(ctx, { namespace: namespaceOfCall(ctx, query.namespace) });
      return json({ regions: regions.map(toV1Region) });
    },
  }),
});
