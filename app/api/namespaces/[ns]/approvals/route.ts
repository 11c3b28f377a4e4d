import { listApprovals } from "../../../../../lib/services/approvals/get-approval.ts";
import { approvalsQuerySchema } from "../../../../../lib/web/approval-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    query: approvalsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await listApprovals(ctx, { namespace: param("ns"), filter: query.status })),
  }),
});
