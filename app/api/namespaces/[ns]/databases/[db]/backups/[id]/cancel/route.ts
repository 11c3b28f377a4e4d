import { cancelBackup } from "../../../../../../../../../lib/services/backups/cancel-backup.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json(await cancelBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
});
