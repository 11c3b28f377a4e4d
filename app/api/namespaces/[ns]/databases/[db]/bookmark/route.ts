import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { resolveMoment } from "../../../../../../../lib/services/history/read-history.ts";
import { momentQuerySchema, toMoment } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: momentQuerySchema,
    handle: async ({ ctx, param, query }) => {
      const of = { namespace: param("ns"), database: param("db") };
      return json(await namingNearest(ctx, of, async () => resolveMoment(ctx, of, toMoment(query))));
    },
  }),
});
