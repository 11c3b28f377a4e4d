import { setDrillPlan } from "../../../../../../../lib/services/drills/set-drill-plan.ts";
import { drillPlanAnswer } from "../../../../../../../lib/web/answers/drill-answers.ts";
import { drillPlanBodySchema } from "../../../../../../../lib/web/drill-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  PUT: endpoint({
    operation: {
      id: "setDrillPlan",
      tag: "Drills",
      summary: "Set when drills run by themselves, and what has to hold",
      action: "drill.change",
      answers: { 200: { says: "The plan as it is now.", schema: drillPlanAnswer } },
      errors: ["conflict"],
    },
    body: drillPlanBodySchema,
    async handle({ ctx, param, body: { version, ...plan } }) {
      return json(await setDrillPlan(ctx, { namespace: param("ns"), database: param("db"), plan, version }));
    },
  }),
});
