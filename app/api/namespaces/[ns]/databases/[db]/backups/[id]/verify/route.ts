import { verifyBackup } from "../../../../../../../../../lib/services/backups/verify-backup.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    handle: async ({ ctx, param }) =>
      json(await verifyBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") }), 202),
  }),
});
