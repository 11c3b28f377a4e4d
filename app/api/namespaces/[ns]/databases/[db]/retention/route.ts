import { previewRetention } from "../../../../../../../lib/services/backups/preview-retention.ts";
import { setRetention } from "../../../../../../../lib/services/backups/set-retention.ts";
import { retentionBodySchema } from "../../../../../../../lib/web/retention-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(await previewRetention(ctx, { namespace: param("ns"), database: param("db") })),
  }),
  PUT: endpoint({
    body: retentionBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await setRetention(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
