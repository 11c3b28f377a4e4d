import { deleteIntegration } from "../../../../../../lib/services/integrations/delete-integration.ts";
import { getIntegration } from "../../../../../../lib/services/integrations/list-integrations.ts";
import { updateIntegration } from "../../../../../../lib/services/integrations/update-integration.ts";
import { updateIntegrationSchema } from "../../../../../../lib/web/integration-schemas.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(await getIntegration(ctx, { namespace: param("ns"), integrationId: param("id") })),
  }),
  PATCH: endpoint({
    body: updateIntegrationSchema,
    handle: async ({ ctx, param, body }) =>
      json(await updateIntegration(ctx, { namespace: param("ns"), integrationId: param("id"), ...body })),
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteIntegration(ctx, { namespace: param("ns"), integrationId: param("id") });
      return noContent();
    },
  }),
});
