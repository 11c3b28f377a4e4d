import { preflightFile } from "../../../../../lib/services/databases/preflight-file.ts";
import { preflightBodySchema } from "../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: preflightBodySchema,
    handle: async ({ ctx, param, body }) => json(await preflightFile(ctx, { namespace: param("ns"), path: body.path })),
  }),
});
