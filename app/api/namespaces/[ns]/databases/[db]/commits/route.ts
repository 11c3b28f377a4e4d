import { readCommits } from "../../../../../../../lib/services/history/read-history.ts";
import { commitsQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: commitsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readCommits(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
