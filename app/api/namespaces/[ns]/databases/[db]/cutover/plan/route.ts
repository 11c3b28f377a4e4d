import { planCutover } from "../../../../../../../../lib/services/restores/plan-cutover.ts";
import { cutoverPlanSchema } from "../../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: cutoverPlanSchema,
    handle: async ({ ctx, param, body }) =>
      json(await planCutover(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
