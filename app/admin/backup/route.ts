import { z } from "zod";
import { readEnv } from "../../../lib/env.ts";
import { createBlockBackup } from "../../../lib/services/backup-block/create-block-backup.ts";
import { listBlockBackups } from "../../../lib/services/backup-block/list-block-backups.ts";
import { pageOf } from "../../../lib/web/answers/answer-schema.ts";
import { blockBackupAnswer } from "../../../lib/web/answers/backup-answers.ts";
import { STORAGE_ERRORS } from "../../../lib/web/operation-errors.ts";
import { backupsQuerySchema } from "../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../lib/web/route.ts";

const WAIT_MS = 30 * 60_000;
const createQuerySchema = z.object({ schema: z.string().min(1).max(200).optional() });

/** The routes of the backup block; `basePath` of its configuration is where callers find them. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "blockListBackups",
      tag: "Backup block",
      summary: "List the backups",
      action: "backup.list",
      answers: {
        200: {
          says: "A page, newest first.",
          schema: pageOf("backups", blockBackupAnswer),
        },
      },
      errors: ["conflict"],
    },
    query: backupsQuerySchema,
    handle: async ({ ctx, query }) => json(await listBlockBackups(ctx, query)),
  }),
  POST: endpoint({
    operation: {
      id: "blockCreateBackup",
      tag: "Backup block",
      summary: "Make a backup",
      action: "backup.create",
      answers: {
        201: { says: "It is made.", schema: blockBackupAnswer, headers: ["location"] },
        202: { says: "It goes on.", schema: blockBackupAnswer, headers: ["location"] },
      },
      errors: ["conflict", "not_protected", "not_supported", "cancelled", ...STORAGE_ERRORS],
      waits: true,
    },
    idempotent: true,
    query: createQuerySchema,
    async handle({ ctx, query, request, respondAsync }) {
      const backup = await createBlockBackup(ctx, {
        ...query,
        waitMs: respondAsync ? 0 : WAIT_MS,
        signal: request.signal,
      });
      const location = `${readEnv().backupBlock?.basePath ?? ""}/${backup.id}`;
      return json(backup, backup.status === "running" ? 202 : 201, { location });
    },
  }),
});
