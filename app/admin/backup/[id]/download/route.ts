import { downloadBlockBackup } from "../../../../../lib/services/backup-block/download-block-backup.ts";
import { STORAGE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, route } from "../../../../../lib/web/route.ts";
import { streamBackup } from "../../../../../lib/web/stream-backup.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "blockDownloadBackup",
      tag: "Backup block",
      summary: "Download a backup",
      action: "backup.download",
      params: { id: "The backup's id." },
      answers: {
        200: {
          says: "The file.",
          contentType: "application/json",
          headers: ["etag", "x-lastgood-sha256", "x-lastgood-size", "accept-ranges", "content-disposition"],
        },
        206: {
          says: "The part of it that Range asks for.",
          contentType: "application/json",
          headers: ["etag"],
        },
        304: { says: "It is as it was." },
      },
      errors: ["conflict", ...STORAGE_ERRORS, "range_not_satisfiable"],
    },
    handle: async ({ ctx, param, request }) => streamBackup(request, await downloadBlockBackup(ctx, param("id"))),
  }),
});
