import { previewRetention } from "../../../../../../../../lib/services/backups/preview-retention.ts";
import { retentionPlanSchema } from "../../../../../../../../lib/web/retention-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: retentionPlanSchema,
    handle: async ({ ctx, param, body: change }) =>
      json(await previewRetention(ctx, { namespace: param("ns"), database: param("db"), change })),
  }),
});
