import { testWebhook } from "../../../../../../../lib/services/webhooks/send-again.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json(await testWebhook(ctx, { namespace: param("ns"), webhookId: param("id") }), 202),
  }),
});
