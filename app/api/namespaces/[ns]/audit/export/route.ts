import { exportAudit } from "../../../../../../lib/services/audit/export-audit.ts";
import { streamAudit } from "../../../../../../lib/web/audit-lines.ts";
import { auditExportSchema } from "../../../../../../lib/web/audit-schemas.ts";
import { endpoint, route } from "../../../../../../lib/web/route.ts";

const TYPES = { csv: "text/csv; charset=utf-8", jsonl: "application/x-ndjson" } as const;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "exportAudit",
      tag: "Audit",
      summary: "Export audit entries",
      action: "audit.export",
      answers: {
        200: { says: "One entry a line.", contentType: Object.values(TYPES), headers: ["content-disposition"] },
      },
    },
    query: auditExportSchema,
    async handle({ ctx, param, query }) {
      const { filter, format } = query;
      const batches = await exportAudit(ctx, { namespace: param("ns"), filter, format });
      const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
      return new Response(streamAudit(batches, format), {
        headers: {
          "content-type": TYPES[format],
          "content-disposition": `attachment; filename="lastgood-audit-${stamp}.${format}"`,
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        },
      });
    },
  }),
});
