import { runApproval } from "../../../../../../../lib/services/approvals/run-approval.ts";
import { runSchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: runSchema,
    // 202: a restore goes on by itself; the answer names it.
    handle: async ({ ctx, param, body }) =>
      json(await runApproval(ctx, { namespace: param("ns"), approvalId: param("id"), ...body }), 202),
  }),
});
