import { createBackup } from "../../../../../../../lib/services/backups/create-backup.ts";
import { listBackups } from "../../../../../../../lib/services/backups/list-backups.ts";
import { readIdempotencyKey } from "../../../../../../../lib/web/api-schemas.ts";
import { backupBodySchema, backupsQuerySchema } from "../../../../../../../lib/web/backup-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: backupsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listBackups(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
  POST: endpoint({
    body: backupBodySchema,
    async handle({ ctx, param, body, request }) {
      const of = { namespace: param("ns"), database: param("db") };
      const backup = await createBackup(ctx, { ...of, ...body, idempotencyKey: readIdempotencyKey(request.headers) });
      const [ns, db] = [of.namespace, of.database].map(encodeURIComponent);
      return json(backup, 202, { location: `/api/namespaces/${ns}/databases/${db}/backups/${backup.id}` });
    },
  }),
});
