import { deleteBackup } from "../../../../../../../../lib/services/backups/delete-backup.ts";
import { getBackup } from "../../../../../../../../lib/services/backups/list-backups.ts";
import { backupAnswer } from "../../../../../../../../lib/web/answers/backup-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readBackup",
      tag: "Backups",
      summary: "Read how a backup stands",
      action: "backup.list",
      params: { id: "The backup's id or key." },
      answers: {
        200: { says: "The backup.", schema: backupAnswer },
      },
    },
    handle: async ({ ctx, param }) =>
      json(await getBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
  DELETE: endpoint({
    operation: {
      id: "deleteBackup",
      tag: "Backups",
      summary: "Delete a backup",
      action: "backup.delete",
      params: { id: "The backup's id or key." },
      answers: {
        200: { says: "It is deleted, and can be brought back until its grace period is over.", schema: backupAnswer },
      },
      errors: [...GUARDED_ERRORS],
    },
    handle: async ({ ctx, param }) =>
      json(await deleteBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
});
