import { replayDelivery } from "../../../../../../../../../lib/services/webhooks/send-again.ts";
import { deliveryAnswer } from "../../../../../../../../../lib/web/answers/webhook-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "replayDelivery",
      tag: "Webhooks",
      summary: "Send an event again",
      action: "webhook.send",
      params: { id: "The webhook's id.", delivery: "The delivery's id." },
      answers: { 202: { says: "The delivery.", schema: deliveryAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    async handle({ ctx, param }) {
      const which = { namespace: param("ns"), webhookId: param("id"), deliveryId: param("delivery") };
      return json(await replayDelivery(ctx, which), 202);
    },
  }),
});
