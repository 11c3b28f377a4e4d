import { z } from "zod";
import { readEnv } from "../../../lib/env.ts";
import { createBlockBackup } from "../../../lib/services/backup-block/create-block-backup.ts";
import { listBlockBackups } from "../../../lib/services/backup-block/list-block-backups.ts";
import { readIdempotencyKey } from "../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../lib/web/route.ts";

const WAIT_MS = 30 * 60_000;
const listQuerySchema = z.object({ after: z.string().max(200).optional() });
const createQuerySchema = z.object({ schema: z.string().min(1).max(200).optional() });

/** The routes of the backup block; `basePath` of its configuration is where callers find them. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: listQuerySchema,
    handle: async ({ ctx, query }) => json(await listBlockBackups(ctx, query)),
  }),
  POST: endpoint({
    query: createQuerySchema,
    async handle({ ctx, query, request, respondAsync }) {
      const backup = await createBlockBackup(ctx, {
        ...query,
        idempotencyKey: readIdempotencyKey(request.headers),
        waitMs: respondAsync ? 0 : WAIT_MS,
        signal: request.signal,
      });
      const location = `${readEnv().backupBlock?.basePath ?? ""}/${backup.id}`;
      return json(backup, backup.status === "running" ? 202 : 201, { location });
    },
  }),
});
