import { exportSql } from "../../../../../../../../../lib/services/d1/export-sql.ts";
import { d1Result } from "../../../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1ExportSchema, toSqlTextOptions } from "../../../../../../../../../lib/web/d1/d1-export.ts";
import { d1Link } from "../../../../../../../../../lib/web/d1/d1-link.ts";
import { d1Endpoint, d1Route } from "../../../../../../../../../lib/web/d1/d1-route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  POST: d1Endpoint({
    body: d1ExportSchema,
    async handle({ ctx, param, body }) {
      const of = { account: param("account"), database: param("db") };
      const asked = { at: body.current_bookmark ?? null, options: toSqlTextOptions(body) };
      const { at, filename, link } = await exportSql(ctx, of, asked);
      const job = { success: true, type: "export", at_bookmark: at, messages: [] };
      if (link === null) return d1Result({ ...job, status: "active" });
      const signed_url = d1Link("downloads", link);
      return d1Result({ ...job, status: "complete", result: { filename, signed_url } });
    },
  }),
});
