import { deleteWebhook } from "../../../../../../lib/services/webhooks/delete-webhook.ts";
import { getWebhook } from "../../../../../../lib/services/webhooks/list-webhooks.ts";
import { updateWebhook } from "../../../../../../lib/services/webhooks/update-webhook.ts";
import { webhookAnswer } from "../../../../../../lib/web/answers/webhook-answers.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";
import { updateWebhookSchema } from "../../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readWebhook",
      tag: "Webhooks",
      summary: "Read a webhook",
      action: "webhook.list",
      params: { id: "The webhook's id." },
      answers: { 200: { says: "The webhook.", schema: webhookAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getWebhook(ctx, { namespace: param("ns"), webhookId: param("id") })),
  }),
  PATCH: endpoint({
    operation: {
      id: "updateWebhook",
      tag: "Webhooks",
      summary: "Change a webhook",
      action: "webhook.change",
      params: { id: "The webhook's id." },
      answers: { 200: { says: "The webhook.", schema: webhookAnswer } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS],
    },
    body: updateWebhookSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateWebhook(ctx, { namespace: param("ns"), webhookId: param("id"), ...body })),
  }),
  DELETE: endpoint({
    operation: {
      id: "deleteWebhook",
      tag: "Webhooks",
      summary: "Delete a webhook",
      action: "webhook.delete",
      params: { id: "The webhook's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await deleteWebhook(ctx, { namespace: param("ns"), webhookId: param("id") });
      return noContent();
    },
  }),
});
