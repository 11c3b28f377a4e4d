import { z } from "zod";
import { pushNow } from "../../../../../../../lib/services/integrations/push-now.ts";
import { pushAnswer } from "../../../../../../../lib/web/answers/webhook-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "pushIntegration",
      tag: "Integrations",
      summary: "Push its variables now",
      action: "integration.push",
      params: { id: "The integration's id." },
      answers: { 202: { says: "What is pushed.", schema: z.strictObject({ pushes: z.array(pushAnswer) }) } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json({ pushes: await pushNow(ctx, { namespace: param("ns"), integrationId: param("id") }) }, 202),
  }),
});
