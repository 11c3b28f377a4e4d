import { listPreviews } from "../../../../../../../lib/services/previews/list-previews.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await listPreviews(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
