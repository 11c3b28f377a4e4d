import { deleteBackup } from "../../../../../../lib/services/backups/delete-backup.ts";
import { getBackup } from "../../../../../../lib/services/backups/list-backups.ts";
import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { v1BackupAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { toV1Backup } from "../../../../../../lib/web/backup-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadBackup",
      tag: "v1 projects",
      summary: "Read how a backup stands",
      action: "backup.list",
      params: { id: "The project's id.", backup: "The backup's id or key." },
      answers: { 200: { says: "The backup.", schema: v1BackupAnswer } },
    },
    async handle({ ctx, param }) {
      const of = await findProject(ctx, param("id"));
      return json(toV1Backup(await getBackup(ctx, { ...of, backup: param("backup") })));
    },
  }),
  DELETE: endpoint({
    operation: {
      id: "v1DeleteBackup",
      tag: "v1 projects",
      summary: "Delete a backup",
      action: "backup.delete",
      params: { id: "The project's id.", backup: "The backup's id or key." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await deleteBackup(ctx, { ...(await findProject(ctx, param("id"))), backup: param("backup") });
      return noContent();
    },
  }),
});
