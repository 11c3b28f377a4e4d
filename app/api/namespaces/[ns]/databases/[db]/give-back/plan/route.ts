import { planGiveBack } from "../../../../../../../../lib/services/give-back/plan-give-back.ts";
import { namingNearest } from "../../../../../../../../lib/services/history/naming-nearest.ts";
import { giveBackOfferAnswer } from "../../../../../../../../lib/web/answers/restore-answers.ts";
import { giveBackPlanSchema, toGiveBackQuestion } from "../../../../../../../../lib/web/give-back-schemas.ts";
import { RESTORE_ERRORS, SQL_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "planGiveBack",
      tag: "Rows given back",
      summary: "See what giving rows back would do",
      action: ["database.view", "restore.give-back"],
      answers: { 200: { says: "The plan; its digest goes into giveBack.", schema: giveBackOfferAnswer } },
      errors: [...RESTORE_ERRORS, ...SQL_ERRORS, "rate_limited"],
    },
    body: giveBackPlanSchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      return json(
        await namingNearest(ctx, of, async () => planGiveBack(ctx, { ...of, ask: toGiveBackQuestion(body) })),
      );
    },
  }),
});
