import { downloadBlockBackup } from "../../../../../lib/services/backup-block/download-block-backup.ts";
import { endpoint, route } from "../../../../../lib/web/route.ts";
import { streamBackup } from "../../../../../lib/web/stream-backup.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param, request }) => streamBackup(request, await downloadBlockBackup(ctx, param("id"))),
  }),
});
