import { previewRetention } from "../../../../../../../../lib/services/backups/preview-retention.ts";
import { retentionAnswer } from "../../../../../../../../lib/web/answers/backup-answers.ts";
import { retentionPlanSchema } from "../../../../../../../../lib/web/retention-schemas.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "planRetention",
      tag: "Backups",
      summary: "See what other limits would delete",
      action: "backup.list",
      answers: { 200: { says: "What would be deleted.", schema: retentionAnswer } },
    },
    body: retentionPlanSchema,
    handle: async ({ ctx, param, body: change }) =>
      json(await previewRetention(ctx, { namespace: param("ns"), database: param("db"), change })),
  }),
});
