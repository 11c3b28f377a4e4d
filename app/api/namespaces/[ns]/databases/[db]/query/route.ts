import { queryDatabase } from "../../../../../../../lib/services/databases/query-database.ts";
import { queryBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: queryBodySchema,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    async handle({ ctx, param, body }) {
      const reply = await queryDatabase(ctx, { namespace: param("ns"), database: param("db"), ...body });
      // The agent's text goes out as it is: parsing it here would round 64-bit integers.
      return new Response(reply.resultsJson, {
        headers: {
          "content-type": "application/json",
          "cache-control": "no-store",
          "x-lastgood-bookmark": reply.bookmark,
        },
      });
    },
  }),
});
