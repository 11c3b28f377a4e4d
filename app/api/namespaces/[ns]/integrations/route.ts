import { createIntegration } from "../../../../../lib/services/integrations/create-integration.ts";
import { pageIntegrations } from "../../../../../lib/services/integrations/list-integrations.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { integrationAnswer } from "../../../../../lib/web/answers/webhook-answers.ts";
import { createIntegrationSchema, settingsOf } from "../../../../../lib/web/integration-schemas.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { pageQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listIntegrations",
      tag: "Integrations",
      summary: "List the integrations",
      action: "integration.list",
      answers: { 200: { says: "A page, oldest first.", schema: pageOf("integrations", integrationAnswer) } },
    },
    query: pageQuerySchema,
    handle: async ({ ctx, param, query }) => json(await pageIntegrations(ctx, { namespace: param("ns"), ...query })),
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
