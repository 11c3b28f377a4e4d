import { z } from "zod";
import { verifyBackup } from "../../../../../../../../../lib/services/backups/verify-backup.ts";
import { backupAnswer } from "../../../../../../../../../lib/web/answers/backup-answers.ts";
import { STORAGE_ERRORS } from "../../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "verifyBackup",
      tag: "Backups",
      summary: "Read a backup whole to see whether it is what was stored",
      action: "backup.verify",
      params: { id: "The backup's id or key." },
      answers: { 202: { says: "It is queued.", schema: z.strictObject({ backup: backupAnswer, jobId: z.string() }) } },
      errors: ["conflict", ...STORAGE_ERRORS],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await verifyBackup(ctx, { namespace: param("ns"), database: param("db"), backup: param("id") }), 202),
  }),
});
