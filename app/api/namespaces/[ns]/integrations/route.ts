import { z } from "zod";
import { createIntegration } from "../../../../../lib/services/integrations/create-integration.ts";
import { listIntegrations } from "../../../../../lib/services/integrations/list-integrations.ts";
import { integrationAnswer } from "../../../../../lib/web/answers/webhook-answers.ts";
import { createIntegrationSchema, settingsOf } from "../../../../../lib/web/integration-schemas.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listIntegrations",
      tag: "Integrations",
      summary: "List the integrations",
      action: "integration.list",
      answers: { 200: { says: "Oldest first.", schema: z.strictObject({ integrations: z.array(integrationAnswer) }) } },
    },
    handle: async ({ ctx, param }) => json({ integrations: await listIntegrations(ctx, { namespace: param("ns") }) }),
  }),
  POST: endpoint({
    operation: {
      id: "createIntegration",
      tag: "Integrations",
      summary: "Make an integration",
      action: "integration.change",
      answers: { 201: { says: "The integration.", schema: integrationAnswer } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS],
    },
    idempotent: true,
    body: createIntegrationSchema,
    async handle({ ctx, param, body }) {
      const { name, baseUrl, token, databases, variables } = body;
      const made = { namespace: param("ns"), name, baseUrl, token, databases, variables, settings: settingsOf(body) };
      return json(await createIntegration(ctx, made), 201);
    },
  }),
});
