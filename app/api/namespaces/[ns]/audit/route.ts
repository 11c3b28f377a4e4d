import { listAuditEntries } from "../../../../../lib/services/audit/list-audit-entries.ts";
import { auditPageAnswer } from "../../../../../lib/web/answers/people-answers.ts";
import { auditQuerySchema } from "../../../../../lib/web/audit-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listAuditEntries",
      tag: "Audit",
      summary: "List audit entries",
      action: "audit.read",
      answers: { 200: { says: "A page, newest first.", schema: auditPageAnswer } },
    },
    query: auditQuerySchema,
    handle: async ({ ctx, param, query }) => json(await listAuditEntries(ctx, { namespace: param("ns"), ...query })),
  }),
});
