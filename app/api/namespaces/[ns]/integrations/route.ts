import { createIntegration } from "../../../../../lib/services/integrations/create-integration.ts";
import { listIntegrations } from "../../../../../lib/services/integrations/list-integrations.ts";
import { createIntegrationSchema, settingsOf } from "../../../../../lib/web/integration-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ integrations: await listIntegrations(ctx, { namespace: param("ns") }) }),
  }),
  POST: endpoint({
    body: createIntegrationSchema,
    async handle({ ctx, param, body }) {
      const { name, baseUrl, token, databases, variables } = body;
      const made = { namespace: param("ns"), name, baseUrl, token, databases, variables, settings: settingsOf(body) };
      return json(await createIntegration(ctx, made), 201);
    },
  }),
});
