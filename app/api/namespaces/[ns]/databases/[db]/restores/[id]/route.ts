import { cancelRestore } from "../../../../../../../../lib/services/restores/cancel-restore.ts";
import { getRestore } from "../../../../../../../../lib/services/restores/get-restore.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(await getRestore(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
  DELETE: endpoint({
    handle: async ({ ctx, param }) =>
      json(await cancelRestore(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
});
