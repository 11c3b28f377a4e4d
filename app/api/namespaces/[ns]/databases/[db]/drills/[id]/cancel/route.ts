import { cancelDrill } from "../../../../../../../../../lib/services/drills/cancel-drill.ts";
import { drillAnswer } from "../../../../../../../../../lib/web/answers/drill-answers.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "cancelDrill",
      tag: "Drills",
      summary: "Cancel a drill",
      action: "drill.run",
      params: { id: "The drill's id." },
      answers: { 200: { says: "The drill.", schema: drillAnswer } },
      errors: ["conflict"],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await cancelDrill(ctx, { namespace: param("ns"), database: param("db"), drill: param("id") })),
  }),
});
