import { planGiveBack } from "../../../../../../../../lib/services/give-back/plan-give-back.ts";
import { namingNearest } from "../../../../../../../../lib/services/history/naming-nearest.ts";
import { giveBackPlanSchema, toGiveBackQuestion } from "../../../../../../../../lib/web/give-back-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: giveBackPlanSchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      return json(
        await namingNearest(ctx, of, async () => planGiveBack(ctx, { ...of, ask: toGiveBackQuestion(body) })),
      );
    },
  }),
});
