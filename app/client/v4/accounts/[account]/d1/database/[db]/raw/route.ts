import { queryD1Database } from "../../../../../../../../../lib/services/d1/query-d1-database.ts";
import { d1Text } from "../../../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1Endpoint, d1Route } from "../../../../../../../../../lib/web/d1/d1-route.ts";
import { D1_QUERY_LIMIT_BYTES, d1QuerySchema } from "../../../../../../../../../lib/web/d1/d1-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  POST: d1Endpoint({
    kind: "query",
    body: d1QuerySchema,
    bodyLimitBytes: D1_QUERY_LIMIT_BYTES,
    async handle({ ctx, param, body }) {
      const of = { account: param("account"), database: param("db") };
      const reply = await queryD1Database(ctx, of, { parts: body, asLists: true });
      return d1Text(reply.resultsJson, {}, 200, { "x-lastgood-bookmark": reply.bookmark });
    },
  }),
});
