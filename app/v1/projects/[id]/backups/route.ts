import { createBackup } from "../../../../../lib/services/backups/create-backup.ts";
import { listBackups } from "../../../../../lib/services/backups/list-backups.ts";
import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { readIdempotencyKey } from "../../../../../lib/web/api-schemas.ts";
import { backupsQuerySchema, toV1Backup, v1BackupBodySchema } from "../../../../../lib/web/backup-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: backupsQuerySchema,
    async handle({ ctx, param, query }) {
      const { backups, next } = await listBackups(ctx, { ...(await findProject(ctx, param("id"))), ...query });
      return json({ backups: backups.map(toV1Backup), next });
    },
  }),
  POST: endpoint({
    body: v1BackupBodySchema,
    async handle({ ctx, param, body, request }) {
      const of = await findProject(ctx, param("id"));
      const backup = await createBackup(ctx, { ...of, ...body, idempotencyKey: readIdempotencyKey(request.headers) });
      return json(toV1Backup(backup), 202, { location: `/v1/projects/${of.database}/backups/${backup.id}` });
    },
  }),
});
