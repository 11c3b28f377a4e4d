import type { BackupView } from "../../../../../lib/client/backup-types.ts";
import { createBackup } from "../../../../../lib/services/backups/create-backup.ts";
import { getBackup, listBackups } from "../../../../../lib/services/backups/list-backups.ts";
import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { v1BackupAnswer } from "../../../../../lib/web/answers/v1-answers.ts";
import { toV1Backup, v1BackupBodySchema } from "../../../../../lib/web/backup-schemas.ts";
import { backupsQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ListBackups",
      tag: "v1 projects",
      summary: "List the backups",
      action: "backup.list",
      params: { id: "The project's id." },
      answers: {
        200: {
          says: "A page, newest first.",
          schema: pageOf("backups", v1BackupAnswer),
        },
      },
    },
    query: backupsQuerySchema,
    async handle({ ctx, param, query }) {
      const { backups, next } = await listBackups(ctx, { ...(await findProject(ctx, param("id"))), ...query });
      return json({ backups: backups.map(toV1Backup), next });
    },
  }),
  POST: endpoint({
    operation: {
      id: "v1CreateBackup",
      tag: "v1 projects",
      summary: "Make a backup",
      action: "backup.create",
      params: { id: "The project's id." },
      answers: { 202: { says: "It is queued.", schema: v1BackupAnswer, headers: ["location"] } },
      errors: ["not_protected", "not_supported"],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = await findProject(ctx, param("id"));
      return answerQueued(of.database, await getBackup(ctx, { ...of, backup: madeId }));
    },
    body: v1BackupBodySchema,
    async handle({ ctx, param, body }) {
      const of = await findProject(ctx, param("id"));
      const backup = await createBackup(ctx, { ...of, ...body });
      return answerQueued(of.database, backup);
    },
  }),
});

function answerQueued(projectId: string, backup: BackupView): Response {
  return json(toV1Backup(backup), 202, { location: `/v1/projects/${projectId}/backups/${backup.id}` });
}
