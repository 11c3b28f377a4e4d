import { downloadBackup } from "../../../../../../../../../lib/services/backups/download-backup.ts";
import { STORAGE_ERRORS } from "../../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, route } from "../../../../../../../../../lib/web/route.ts";
import { BACKUP_TYPES, streamBackup } from "../../../../../../../../../lib/web/stream-backup.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "downloadBackup",
      tag: "Backups",
      summary: "Download what a backup holds",
      action: "backup.download",
      params: { id: "The backup's id or key." },
      answers: {
        200: {
          says: "The file.",
          contentType: BACKUP_TYPES,
          headers: ["etag", "x-lastgood-sha256", "x-lastgood-size", "accept-ranges", "content-disposition"],
        },
        206: {
          says: "The part of it that Range asks for.",
          contentType: BACKUP_TYPES,
          headers: ["etag"],
        },
        304: { says: "It is as it was." },
      },
      errors: ["conflict", ...STORAGE_ERRORS, "range_not_satisfiable"],
    },
    async handle({ ctx, param, request }) {
      const of = { namespace: param("ns"), database: param("db") };
      return streamBackup(request, await downloadBackup(ctx, { ...of, backup: param("id") }));
    },
  }),
});
