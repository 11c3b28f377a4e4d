import { pageCopyRestores } from "../../../../../../lib/services/second-copy/copy-restores.ts";
import { pageOf } from "../../../../../../lib/web/answers/answer-schema.ts";
import { restoreAnswer } from "../../../../../../lib/web/answers/restore-answers.ts";
import { restoresQuerySchema } from "../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listCopyRestores",
      tag: "Second copies",
      summary: "List what was brought back, or is being",
      action: "copy.list",
      answers: {
        200: { says: "Newest first, also what failed.", schema: pageOf("restores", restoreAnswer) },
      },
    },
    query: restoresQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageCopyRestores(ctx, { namespace: param("ns"), ...query })),
  }),
});
