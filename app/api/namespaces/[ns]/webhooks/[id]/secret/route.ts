import { rotateSecret } from "../../../../../../../lib/services/webhooks/rotate-secret.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";
import { rotateSecretSchema } from "../../../../../../../lib/web/webhook-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: rotateSecretSchema,
    handle: async ({ ctx, param, body }) =>
      json(await rotateSecret(ctx, { namespace: param("ns"), webhookId: param("id"), ...body })),
  }),
});
