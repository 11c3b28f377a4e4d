import { cancelErasure } from "../../../../../../../../lib/services/erasure/list-erasures.ts";
import { erasureAnswer } from "../../../../../../../../lib/web/answers/erasure-answers.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    operation: {
      id: "cancelErasure",
      tag: "History",
      summary: "Cancel an erasure that waits: the history stays",
      action: "erasure.cancel",
      answers: { 200: { says: "It is cancelled.", schema: erasureAnswer } },
      errors: ["conflict"],
    },
    handle: async ({ ctx, param }) =>
      json(await cancelErasure(ctx, { namespace: param("ns"), database: param("db"), erasure: param("id") })),
  }),
});
