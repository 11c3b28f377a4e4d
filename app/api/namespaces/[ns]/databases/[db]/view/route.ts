import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { viewPast } from "../../../../../../../lib/services/history/view-past.ts";
import { toViewMoment, viewBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: viewBodySchema,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    async handle({ ctx, param, body, request }) {
      const of = { namespace: param("ns"), database: param("db") };
      const { at, ...question } = body;
      const reply = await namingNearest(ctx, of, async () =>
        viewPast(ctx, of, { at: toViewMoment(at), ...question }, request.signal),
      );
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
