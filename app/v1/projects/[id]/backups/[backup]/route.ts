import { deleteBackup } from "../../../../../../lib/services/backups/delete-backup.ts";
import { getBackup } from "../../../../../../lib/services/backups/list-backups.ts";
import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { toV1Backup } from "../../../../../../lib/web/backup-schemas.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    async handle({ ctx, param }) {
      const of = await findProject(ctx, param("id"));
      return json(toV1Backup(await getBackup(ctx, { ...of, backup: param("backup") })));
    },
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteBackup(ctx, { ...(await findProject(ctx, param("id"))), backup: param("backup") });
      return noContent();
    },
  }),
});
