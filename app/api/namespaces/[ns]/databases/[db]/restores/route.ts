import { listRestores } from "../../../../../../../lib/services/restores/get-restore.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json({ restores: await listRestores(ctx, { namespace: param("ns"), database: param("db") }) }),
  }),
});
