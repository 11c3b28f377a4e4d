import { listAuditEntries } from "../../../../../lib/services/audit/list-audit-entries.ts";
import { auditQuerySchema } from "../../../../../lib/web/audit-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: auditQuerySchema,
    handle: async ({ ctx, param, query }) => json(await listAuditEntries(ctx, { namespace: param("ns"), ...query })),
  }),
});
