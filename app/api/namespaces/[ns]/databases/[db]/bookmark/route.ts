import { resolveMoment } from "../../../../../../../lib/services/history/read-history.ts";
import { momentQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: momentQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await resolveMoment(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
