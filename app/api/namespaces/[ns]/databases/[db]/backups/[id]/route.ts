import { deleteBackup } from "../../../../../../../../lib/services/backups/delete-backup.ts";
import { getBackup } from "../../../../../../../../lib/services/backups/list-backups.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json(await getBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
  DELETE: endpoint({
    handle: async ({ ctx, param }) =>
      json(await deleteBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
});
