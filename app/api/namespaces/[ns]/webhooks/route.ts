import { createWebhook } from "../../../../../lib/services/webhooks/create-webhook.ts";
import { listWebhooks } from "../../../../../lib/services/webhooks/list-webhooks.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { createWebhookSchema } from "../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ webhooks: await listWebhooks(ctx, { namespace: param("ns") }) }),
  }),
  POST: endpoint({
    body: createWebhookSchema,
    handle: async ({ ctx, param, body }) => json(await createWebhook(ctx, { namespace: param("ns"), ...body }), 201),
  }),
});
