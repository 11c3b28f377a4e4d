import { downloadPreview } from "../../../../../../../lib/services/previews/download-preview.ts";
import { downloadQuerySchema } from "../../../../../../../lib/web/restore-schemas.ts";
import { endpoint, route } from "../../../../../../../lib/web/route.ts";
import { streamFile } from "../../../../../../../lib/web/stream-file.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
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
