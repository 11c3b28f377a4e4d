import { listPreviews } from "../../../../../../../lib/services/previews/list-previews.ts";
import { previewsAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { pageQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listPreviews",
      tag: "Previews",
      summary: "List the previews of a project",
      action: "database.read",
      answers: { 200: { says: "A page, newest first.", schema: previewsAnswer } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listPreviews(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
});
