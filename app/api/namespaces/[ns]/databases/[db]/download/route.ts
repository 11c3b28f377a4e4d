import { downloadPreview } from "../../../../../../../lib/services/previews/download-preview.ts";
import { MOMENT_ERRORS, STORAGE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { downloadQuerySchema } from "../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";
import { streamFile } from "../../../../../../../lib/web/stream-file.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "downloadPreview",
      tag: "Previews",
      summary: "Download a preview as a file",
      action: "preview.download",
      answers: {
        200: {
          says: "The file.",
          contentType: "application/vnd.sqlite3",
          headers: ["etag", "x-lastgood-bookmark", "x-lastgood-size", "accept-ranges", "content-disposition"],
        },
        206: {
          says: "The part of it that Range asks for.",
          contentType: "application/vnd.sqlite3",
          headers: ["etag", "x-lastgood-bookmark"],
        },
        304: { says: "It is as it was." },
      },
      errors: [...MOMENT_ERRORS, ...STORAGE_ERRORS, "range_not_satisfiable", "conflict", "rate_limited"],
    },
    query: downloadQuerySchema,
    async handle({ ctx, param, query, request }) {
      const of = { namespace: param("ns"), database: param("db") };
      const download = await downloadPreview(ctx, { ...of, bookmark: query.bookmark ?? null });
      const stamp = new Date(download.timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
      return streamFile(request, {
        name: `${download.name}-${stamp}.${download.ending}`,
        tag: download.bookmark,
        sizeBytes: download.sizeBytes,
        open: download.open,
        headers: { "x-lastgood-bookmark": download.bookmark },
      });
    },
  }),
});
