import { readDensity } from "../../../../../../../lib/services/history/read-history.ts";
import { densityQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: densityQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readDensity(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
