import { beginImport, followImport, offerImport } from "../../../../../../../../../lib/services/d1/import-sql.ts";
import { d1Result } from "../../../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1ImportSchema, toD1Import } from "../../../../../../../../../lib/web/d1/d1-import.ts";
import { d1Link } from "../../../../../../../../../lib/web/d1/d1-link.ts";
import { d1Endpoint, d1Route } from "../../../../../../../../../lib/web/d1/d1-route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  POST: d1Endpoint({
    kind: "query",
    body: d1ImportSchema,
    async handle({ ctx, param, body }) {
      const of = { account: param("account"), database: param("db") };
      if (body.action === "init") {
        const { link, filename } = await offerImport(ctx, of, body.etag);
        return d1Result({ success: true, filename, upload_url: d1Link("uploads", link) });
      }
      const reply =
        body.action === "ingest"
          ? await beginImport(ctx, of, { filename: body.filename, md5: body.etag })
          : await followImport(ctx, of, body.current_bookmark);
      return d1Result(toD1Import(reply));
    },
  }),
});
