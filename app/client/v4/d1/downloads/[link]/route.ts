import { openExport } from "../../../../../../lib/services/d1/export-sql.ts";
import { d1Linked } from "../../../../../../lib/web/d1/d1-link.ts";
import { streamFile } from "../../../../../../lib/web/stream-file.ts";

/** Where an export is fetched from, for an hour: the address is the permission. */
export const { GET, OPTIONS } = d1Linked("GET", "download", async (ctx, claims, request) => {
  const { sizeBytes, tag, open } = await openExport(ctx, claims);
  const headers = { "content-type": "application/sql; charset=utf-8", "x-lastgood-bookmark": claims.at };
  return streamFile(request, { name: claims.name, tag, sizeBytes, open, headers });
});
