import { extendPreview } from "../../../../../../../lib/services/previews/extend-preview.ts";
import { extendBodySchema } from "../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: extendBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await extendPreview(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
