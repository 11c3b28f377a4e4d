import { testWebhook } from "../../../../../../../lib/services/webhooks/send-again.ts";
import { deliveryAnswer } from "../../../../../../../lib/web/answers/webhook-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "testWebhook",
      tag: "Webhooks",
      summary: "Send a test",
      action: "webhook.send",
      params: { id: "The webhook's id." },
      answers: { 202: { says: "The delivery.", schema: deliveryAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await testWebhook(ctx, { namespace: param("ns"), webhookId: param("id") }), 202),
  }),
});
