import { deleteIntegration } from "../../../../../../lib/services/integrations/delete-integration.ts";
import { getIntegration } from "../../../../../../lib/services/integrations/list-integrations.ts";
import { updateIntegration } from "../../../../../../lib/services/integrations/update-integration.ts";
import { integrationAnswer } from "../../../../../../lib/web/answers/webhook-answers.ts";
import { updateIntegrationSchema } from "../../../../../../lib/web/integration-schemas.ts";
import { ADDRESS_ERRORS, GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readIntegration",
      tag: "Integrations",
      summary: "Read an integration",
      action: "integration.list",
      params: { id: "The integration's id." },
      answers: { 200: { says: "The integration.", schema: integrationAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(await getIntegration(ctx, { namespace: param("ns"), integrationId: param("id") })),
  }),
  PATCH: endpoint({
    operation: {
      id: "updateIntegration",
      tag: "Integrations",
      summary: "Change an integration",
      action: "integration.change",
      params: { id: "The integration's id." },
      answers: { 200: { says: "The integration.", schema: integrationAnswer } },
      errors: [...GUARDED_ERRORS, ...ADDRESS_ERRORS],
    },
    body: updateIntegrationSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateIntegration(ctx, { namespace: param("ns"), integrationId: param("id"), ...body })),
  }),
  DELETE: endpoint({
    operation: {
      id: "deleteIntegration",
      tag: "Integrations",
      summary: "Delete an integration",
      action: "integration.delete",
      params: { id: "The integration's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await deleteIntegration(ctx, { namespace: param("ns"), integrationId: param("id") });
      return noContent();
    },
  }),
});
