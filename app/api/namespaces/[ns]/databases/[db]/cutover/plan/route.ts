import { planCutover } from "../../../../../../../../lib/services/restores/plan-cutover.ts";
import { cutoverPlanAnswer } from "../../../../../../../../lib/web/answers/restore-answers.ts";
import { RESTORE_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { cutoverPlanSchema } from "../../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "planCutover",
      tag: "Previews",
      summary: "See what a cutover to a preview would do",
      action: "restore.plan",
      answers: { 200: { says: "The plan.", schema: cutoverPlanAnswer } },
      errors: [...RESTORE_ERRORS],
    },
    body: cutoverPlanSchema,
    handle: async ({ ctx, param, body }) =>
      json(await planCutover(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
