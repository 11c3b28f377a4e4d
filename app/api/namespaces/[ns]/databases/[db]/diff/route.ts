import { diffMoments } from "../../../../../../../lib/services/history/diff-moments.ts";
import { databaseDiffAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { diffQuerySchema } from "../../../../../../../lib/web/diff-schemas.ts";
import { MOMENT_ERRORS, SQL_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "diffMoments",
      tag: "History",
      summary: "Count what differs between two moments",
      action: "database.diff",
      answers: {
        200: {
          says: "Tables and schema; `complete` is false while it is still being counted.",
          schema: databaseDiffAnswer,
        },
      },
      errors: [...MOMENT_ERRORS, ...SQL_ERRORS, "rate_limited"],
    },
    query: diffQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await diffMoments(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
