import type { DrillView } from "../../../../../../../lib/client/drill-types.ts";
import { createDrill } from "../../../../../../../lib/services/drills/create-drill.ts";
import { getDrill, listDrills } from "../../../../../../../lib/services/drills/list-drills.ts";
import { drillAnswer, drillsAnswer } from "../../../../../../../lib/web/answers/drill-answers.ts";
import { drillBodySchema } from "../../../../../../../lib/web/drill-schemas.ts";
import { drillsQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listDrills",
      tag: "Drills",
      summary: "List the drills, with the plan and the newest proof",
      action: "drill.list",
      answers: { 200: { says: "A page, newest first.", schema: drillsAnswer } },
    },
    query: drillsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listDrills(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createDrill",
      tag: "Drills",
      summary: "Restore into a throwaway now, and check it",
      action: "drill.run",
      answers: { 202: { says: "It is queued.", schema: drillAnswer, headers: ["location"] } },
      errors: ["not_protected", "conflict"],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = { namespace: param("ns"), database: param("db") };
      return answerQueued(of, await getDrill(ctx, { ...of, drill: madeId }));
    },
    body: drillBodySchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      return answerQueued(of, await createDrill(ctx, { ...of, ...body }));
    },
  }),
});

function answerQueued(of: { namespace: string; database: string }, drill: DrillView): Response {
  const [ns, db] = [of.namespace, of.database].map(encodeURIComponent);
  return json(drill, 202, { location: `/api/namespaces/${ns}/databases/${db}/drills/${drill.id}` });
}
