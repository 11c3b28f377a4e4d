import { readCommits } from "../../../../../../../lib/services/history/read-history.ts";
import { commitsAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { commitsQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listCommits",
      tag: "History",
      summary: "List the commits around a moment",
      action: "database.read",
      answers: { 200: { says: "The commits, oldest first.", schema: commitsAnswer } },
      errors: [...MOMENT_ERRORS],
    },
    query: commitsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readCommits(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
