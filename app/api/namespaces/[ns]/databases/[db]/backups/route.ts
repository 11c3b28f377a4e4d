import type { BackupView } from "../../../../../../../lib/client/backup-types.ts";
import { createBackup } from "../../../../../../../lib/services/backups/create-backup.ts";
import { getBackup, listBackups } from "../../../../../../../lib/services/backups/list-backups.ts";
import { backupAnswer, backupsAnswer } from "../../../../../../../lib/web/answers/backup-answers.ts";
import { backupBodySchema } from "../../../../../../../lib/web/backup-schemas.ts";
import { backupsQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listBackups",
      tag: "Backups",
      summary: "List the backups",
      action: "backup.list",
      answers: {
        200: { says: "A page, newest first.", schema: backupsAnswer },
      },
    },
    query: backupsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listBackups(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createBackup",
      tag: "Backups",
      summary: "Make a backup of the newest state",
      action: "backup.create",
      answers: { 202: { says: "It is queued.", schema: backupAnswer, headers: ["location"] } },
      errors: ["not_protected", "not_supported"],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = { namespace: param("ns"), database: param("db") };
      return answerQueued(of, await getBackup(ctx, { ...of, backup: madeId }));
    },
    body: backupBodySchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      const backup = await createBackup(ctx, { ...of, ...body });
      return answerQueued(of, backup);
    },
  }),
});

function answerQueued({ namespace, database }: { namespace: string; database: string }, backup: BackupView): Response {
  const [ns, db] = [namespace, database].map(encodeURIComponent);
  return json(backup, 202, { location: `/api/namespaces/${ns}/databases/${db}/backups/${backup.id}` });
}
