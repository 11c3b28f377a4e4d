import { getBlockBackup } from "../../../../lib/services/backup-block/get-block-backup.ts";
import { endpoint, json, route } from "../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await getBlockBackup(ctx, param("id"))),
  }),
});
