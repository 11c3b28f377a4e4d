import { extendPreview } from "../../../../../../../lib/services/previews/extend-preview.ts";
import { previewAnswer } from "../../../../../../../lib/web/answers/database-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { extendBodySchema } from "../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "extendPreview",
      tag: "Previews",
      summary: "Let a preview live longer",
      action: "preview.extend",
      answers: { 200: { says: "The preview.", schema: previewAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    body: extendBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await extendPreview(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
