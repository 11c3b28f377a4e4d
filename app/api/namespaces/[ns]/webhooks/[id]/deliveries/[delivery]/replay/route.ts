import { replayDelivery } from "../../../../../../../../../lib/services/webhooks/send-again.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    async handle({ ctx, param }) {
      const which = { namespace: param("ns"), webhookId: param("id"), deliveryId: param("delivery") };
      return json(await replayDelivery(ctx, which), 202);
    },
  }),
});
