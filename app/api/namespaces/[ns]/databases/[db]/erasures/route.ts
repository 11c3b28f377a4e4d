import { createErasure } from "../../../../../../../lib/services/erasure/create-erasure.ts";
import { listErasures } from "../../../../../../../lib/services/erasure/list-erasures.ts";
import { erasureAnswer, erasuresAnswer } from "../../../../../../../lib/web/answers/erasure-answers.ts";
import { erasureBodySchema } from "../../../../../../../lib/web/erasure-schemas.ts";
import { GUARDED_ERRORS, MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listErasures",
      tag: "History",
      summary: "List what history was or will be purged",
      action: "erasure.read",
      answers: { 200: { says: "The newest 50, newest first.", schema: erasuresAnswer } },
    },
    handle: async ({ ctx, param }) => json(await listErasures(ctx, { namespace: param("ns"), database: param("db") })),
  }),
  POST: endpoint({
    operation: {
      id: "createErasure",
      tag: "History",
      summary: "Announce that history is purged up to a moment, for good, once the grace period is over",
      action: "history.erase",
      answers: { 202: { says: "It is announced.", schema: erasureAnswer } },
      errors: [...MOMENT_ERRORS, ...GUARDED_ERRORS],
    },
    body: erasureBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await createErasure(ctx, { namespace: param("ns"), database: param("db"), ...body }), 202),
  }),
});
