import { undeleteBackup } from "../../../../../../../../../lib/services/backups/delete-backup.ts";
import { backupAnswer } from "../../../../../../../../../lib/web/answers/backup-answers.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "undeleteBackup",
      tag: "Backups",
      summary: "Bring a deleted backup back",
      action: "backup.undelete",
      params: { id: "The backup's id or key." },
      answers: { 200: { says: "The backup.", schema: backupAnswer } },
      errors: ["conflict"],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await undeleteBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") })),
  }),
});
