import { preflightFile } from "../../../../../lib/services/databases/preflight-file.ts";
import { preflightAnswer } from "../../../../../lib/web/answers/database-answers.ts";
import { preflightBodySchema } from "../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "preflightFile",
      tag: "Databases",
      summary: "Look at a file before it is attached",
      action: "database.preflight",
      answers: { 200: { says: "What was found.", schema: preflightAnswer } },
      errors: ["attach_refused"],
    },
    body: preflightBodySchema,
    handle: async ({ ctx, param, body }) => json(await preflightFile(ctx, { namespace: param("ns"), ...body })),
  }),
});
