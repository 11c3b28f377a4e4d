import { requestApproval } from "../../../../../../../lib/services/approvals/request-approval.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { approvalAnswer } from "../../../../../../../lib/web/answers/approval-answers.ts";
import { approvalRequestSchema, toApprovalRequest } from "../../../../../../../lib/web/approval-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "requestApproval",
      tag: "Approvals",
      summary: "Ask others to approve something",
      action: "approval.request",
      answers: { 201: { says: "The request.", schema: approvalAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS, "rate_limited"],
    },
    idempotent: true,
    body: approvalRequestSchema,
    async handle({ ctx, param, body }) {
      const of = { namespace: param("ns"), database: param("db") };
      const ask = async () => requestApproval(ctx, { ...of, ask: toApprovalRequest(body) });
      const approval = await namingNearest(ctx, of, ask);
      const base = `/api/namespaces/${encodeURIComponent(of.namespace)}`;
      return json(approval, 201, { location: `${base}/approvals/${approval.id}` });
    },
  }),
});
