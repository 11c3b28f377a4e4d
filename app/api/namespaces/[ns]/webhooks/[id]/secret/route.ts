import { rotateSecret } from "../../../../../../../lib/services/webhooks/rotate-secret.ts";
import { webhookSecretAnswer } from "../../../../../../../lib/web/answers/webhook-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";
import { rotateSecretSchema } from "../../../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "rotateWebhookSecret",
      tag: "Webhooks",
      summary: "Give a webhook a new secret",
      action: "webhook.change",
      params: { id: "The webhook's id." },
      answers: { 200: { says: "Its secret, told this once.", schema: webhookSecretAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    body: rotateSecretSchema,
    handle: async ({ ctx, param, body }) =>
      json(await rotateSecret(ctx, { namespace: param("ns"), webhookId: param("id"), ...body })),
  }),
});
