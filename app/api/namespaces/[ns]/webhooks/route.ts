import { createWebhook } from "../../../../../lib/services/webhooks/create-webhook.ts";
import { pageWebhooks } from "../../../../../lib/services/webhooks/list-webhooks.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { webhookAnswer, webhookSecretAnswer } from "../../../../../lib/web/answers/webhook-answers.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createWebhookSchema } from "../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listWebhooks",
      tag: "Webhooks",
      summary: "List the webhooks",
      action: "webhook.list",
      answers: { 200: { says: "A page, oldest first.", schema: pageOf("webhooks", webhookAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageWebhooks(ctx, { namespace: param("ns"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createWebhook",
      tag: "Webhooks",
      summary: "Make a webhook",
      action: "webhook.change",
      answers: { 201: { says: "Its secret, told this once.", schema: webhookSecretAnswer } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS],
    },
    idempotent: true,
    body: createWebhookSchema,
    handle: async ({ ctx, param, body }) => json(await createWebhook(ctx, { namespace: param("ns"), ...body }), 201),
  }),
});
