import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { viewPast } from "../../../../../../../lib/services/history/view-past.ts";
import { sqlAnswer } from "../../../../../../../lib/web/answers/database-answers.ts";
import { toViewMoment, viewBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS, SQL_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "viewPast",
      tag: "History",
      summary: "Run read-only SQL on a past moment",
      action: "database.view",
      answers: {
        200: {
          says: "One result a statement, in the form of D1's API.",
          schema: sqlAnswer,
          headers: ["x-lastgood-bookmark"],
        },
      },
      errors: [...MOMENT_ERRORS, ...SQL_ERRORS, "rate_limited", "cancelled"],
    },
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
