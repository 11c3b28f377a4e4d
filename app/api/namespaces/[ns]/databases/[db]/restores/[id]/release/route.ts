import { releaseWrites } from "../../../../../../../../../lib/services/restores/release-writes.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json(await releaseWrites(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
});
