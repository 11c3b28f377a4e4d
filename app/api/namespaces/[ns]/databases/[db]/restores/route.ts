import { pageRestores } from "../../../../../../../lib/services/restores/get-restore.ts";
import { pageOf } from "../../../../../../../lib/web/answers/answer-schema.ts";
import { restoreAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { restoresQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listRestores",
      tag: "Restores",
      summary: "List the restores",
      action: "restore.read",
      answers: {
        200: { says: "Newest first.", schema: pageOf("restores", restoreAnswer) },
      },
    },
    query: restoresQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await pageRestores(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
});
