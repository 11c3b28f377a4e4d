import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { resolveMoment } from "../../../../../../../lib/services/history/read-history.ts";
import { resolvedMomentAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { momentQuerySchema, toMoment } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readBookmark",
      tag: "History",
      summary: "Find the bookmark of a moment",
      action: "database.read",
      answers: {
        200: { says: "The newest commit at or before the moment; without one: now.", schema: resolvedMomentAnswer },
      },
      errors: [...MOMENT_ERRORS],
    },
    query: momentQuerySchema,
    handle: async ({ ctx, param, query }) => {
      const of = { namespace: param("ns"), database: param("db") };
      return json(await namingNearest(ctx, of, async () => resolveMoment(ctx, of, toMoment(query))));
    },
  }),
});
