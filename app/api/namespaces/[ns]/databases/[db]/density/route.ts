import { readDensity } from "../../../../../../../lib/services/history/read-history.ts";
import { densityAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { densityQuerySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readDensity",
      tag: "History",
      summary: "Count commits in equal parts of a stretch",
      action: "database.read",
      answers: { 200: { says: "The parts, oldest first.", schema: densityAnswer } },
      errors: [...MOMENT_ERRORS],
    },
    query: densityQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await readDensity(ctx, { namespace: param("ns"), database: param("db") }, query)),
  }),
});
