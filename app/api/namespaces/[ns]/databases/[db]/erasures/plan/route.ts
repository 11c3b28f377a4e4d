import { planErasure } from "../../../../../../../../lib/services/erasure/create-erasure.ts";
import { erasurePlanAnswer } from "../../../../../../../../lib/web/answers/erasure-answers.ts";
import { erasurePlanSchema } from "../../../../../../../../lib/web/erasure-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "planErasure",
      tag: "History",
      summary: "Tell what purging history up to a moment would take; changes nothing",
      action: "erasure.read",
      answers: { 200: { says: "What would go.", schema: erasurePlanAnswer } },
      errors: [...MOMENT_ERRORS, "conflict"],
    },
    body: erasurePlanSchema,
    handle: async ({ ctx, param, body }) =>
      json(await planErasure(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
