import { diffMoments } from "../../../../../../../lib/services/history/diff-moments.ts";
import { diffQuerySchema } from "../../../../../../../lib/web/diff-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: diffQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await diffMoments(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
