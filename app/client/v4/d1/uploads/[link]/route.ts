import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { receiveImport } from "../../../../../../lib/services/d1/import-sql.ts";
import { d1Linked } from "../../../../../../lib/web/d1/d1-link.ts";

/** Where wrangler puts a file of SQL: the address is the permission. */
export const { PUT, OPTIONS } = d1Linked("PUT", "upload", async (ctx, claims, request) => {
  const { body } = request;
  const bytes = body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream<Uint8Array>);
  await receiveImport(ctx, claims, bytes);
  return new Response(null, { status: 200, headers: { etag: `"${claims.md5}"`, "cache-control": "no-store" } });
});
