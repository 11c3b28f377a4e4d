import { deleteWebhook } from "../../../../../../lib/services/webhooks/delete-webhook.ts";
import { getWebhook } from "../../../../../../lib/services/webhooks/list-webhooks.ts";
import { updateWebhook } from "../../../../../../lib/services/webhooks/update-webhook.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";
import { updateWebhookSchema } from "../../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await getWebhook(ctx, { namespace: param("ns"), webhookId: param("id") })),
  }),
  PATCH: endpoint({
    body: updateWebhookSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateWebhook(ctx, { namespace: param("ns"), webhookId: param("id"), ...body })),
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteWebhook(ctx, { namespace: param("ns"), webhookId: param("id") });
      return noContent();
    },
  }),
});
