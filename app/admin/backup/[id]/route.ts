import { getBlockBackup } from "../../../../lib/services/backup-block/get-block-backup.ts";
import { blockBackupAnswer } from "../../../../lib/web/answers/backup-answers.ts";
import { endpoint, json, route } from "../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "blockReadBackup",
      tag: "Backup block",
      summary: "Read how a backup stands",
      action: "backup.list",
      params: { id: "The backup's id." },
      answers: { 200: { says: "The backup.", schema: blockBackupAnswer } },
      errors: ["conflict"],
    },
    handle: async ({ ctx, param }) => json(await getBlockBackup(ctx, param("id"))),
  }),
});
