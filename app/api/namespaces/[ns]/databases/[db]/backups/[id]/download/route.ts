import { downloadBackup } from "../../../../../../../../../lib/services/backups/download-backup.ts";
import { endpoint, route } from "../../../../../../../../../lib/web/route.ts";
import { streamBackup } from "../../../../../../../../../lib/web/stream-backup.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    async handle({ ctx, param, request }) {
      const of = { namespace: param("ns"), database: param("db") };
      return streamBackup(request, await downloadBackup(ctx, { ...of, backup: param("id") }));
    },
  }),
});
