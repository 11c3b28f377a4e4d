import { decideApproval } from "../../../../../../../lib/services/approvals/decide-approval.ts";
import { decisionSchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: decisionSchema,
    handle: async ({ ctx, param, body }) =>
      json(await decideApproval(ctx, { namespace: param("ns"), approvalId: param("id"), ...body })),
  }),
});
