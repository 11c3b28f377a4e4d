import { getDrill } from "../../../../../../../../lib/services/drills/list-drills.ts";
import { drillAnswer } from "../../../../../../../../lib/web/answers/drill-answers.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "getDrill",
      tag: "Drills",
      summary: "Read one drill",
      action: "drill.list",
      params: { id: "The drill's id." },
      answers: { 200: { says: "The drill.", schema: drillAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(await getDrill(ctx, { namespace: param("ns"), database: param("db"), drill: param("id") })),
  }),
});
