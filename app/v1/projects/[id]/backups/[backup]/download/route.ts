import { downloadBackup } from "../../../../../../../lib/services/backups/download-backup.ts";
import { findProject } from "../../../../../../../lib/services/databases/find-project.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";
import { streamBackup } from "../../../../../../../lib/web/stream-backup.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    async handle({ ctx, param, request }) {
      const of = await findProject(ctx, param("id"));
      return streamBackup(request, await downloadBackup(ctx, { ...of, backup: param("backup") }));
    },
  }),
});
