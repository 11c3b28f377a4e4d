import { previewRetention } from "../../../../../../../lib/services/backups/preview-retention.ts";
import { setRetention } from "../../../../../../../lib/services/backups/set-retention.ts";
import { retentionAnswer } from "../../../../../../../lib/web/answers/backup-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { retentionBodySchema } from "../../../../../../../lib/web/retention-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readRetention",
      tag: "Backups",
      summary: "Read what is kept of the backups",
      action: "backup.list",
      answers: { 200: { says: "The limits, and what would be deleted by them.", schema: retentionAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(await previewRetention(ctx, { namespace: param("ns"), database: param("db") })),
  }),
  PUT: endpoint({
    operation: {
      id: "setRetention",
      tag: "Backups",
      summary: "Change how many backups are kept",
      action: "retention.change",
      answers: { 200: { says: "The limits.", schema: retentionAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    body: retentionBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await setRetention(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
