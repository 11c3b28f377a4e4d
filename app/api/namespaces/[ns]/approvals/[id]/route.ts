import { parseRestoreSource } from "../../../../../../lib/domain/restore-source.ts";
import { changeApproval } from "../../../../../../lib/services/approvals/change-approval.ts";
import { getApproval } from "../../../../../../lib/services/approvals/get-approval.ts";
import { withdrawApproval } from "../../../../../../lib/services/approvals/withdraw-approval.ts";
import { changeApprovalSchema } from "../../../../../../lib/web/approval-schemas.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await getApproval(ctx, { namespace: param("ns"), approvalId: param("id") })),
  }),
  PATCH: endpoint({
    body: changeApprovalSchema,
    async handle({ ctx, param, body: { reason, ...source } }) {
      const namespace = param("ns");
      const change = { namespace, approvalId: param("id"), source: parseRestoreSource(source), reason };
      const approval = await changeApproval(ctx, change);
      const base = `/api/namespaces/${encodeURIComponent(namespace)}`;
      return json(approval, 201, { location: `${base}/approvals/${approval.id}` });
    },
  }),
  DELETE: endpoint({
    handle: async ({ ctx, param }) =>
      json(await withdrawApproval(ctx, { namespace: param("ns"), approvalId: param("id") })),
  }),
});
