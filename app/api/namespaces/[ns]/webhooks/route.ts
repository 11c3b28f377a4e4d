import { z } from "zod";
import { createWebhook } from "../../../../../lib/services/webhooks/create-webhook.ts";
import { listWebhooks } from "../../../../../lib/services/webhooks/list-webhooks.ts";
import { webhookAnswer, webhookSecretAnswer } from "../../../../../lib/web/answers/webhook-answers.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createWebhookSchema } from "../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listWebhooks",
      tag: "Webhooks",
      summary: "List the webhooks",
      action: "webhook.list",
      answers: { 200: { says: "Oldest first.", schema: z.strictObject({ webhooks: z.array(webhookAnswer) }) } },
    },
    handle: async ({ ctx, param }) => json({ webhooks: await listWebhooks(ctx, { namespace: param("ns") }) }),
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
