import { parseRestoreSource } from "../../../../../../lib/domain/restore-source.ts";
import { changeApproval } from "../../../../../../lib/services/approvals/change-approval.ts";
import { getApproval } from "../../../../../../lib/services/approvals/get-approval.ts";
import { withdrawApproval } from "../../../../../../lib/services/approvals/withdraw-approval.ts";
import { approvalAnswer } from "../../../../../../lib/web/answers/approval-answers.ts";
import { changeApprovalSchema } from "../../../../../../lib/web/approval-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readApproval",
      tag: "Approvals",
      summary: "Read a request",
      action: "approval.read",
      params: { id: "The request's id." },
      answers: { 200: { says: "The request.", schema: approvalAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getApproval(ctx, { namespace: param("ns"), approvalId: param("id") })),
  }),
  PATCH: endpoint({
    operation: {
      id: "changeApproval",
      tag: "Approvals",
      summary: "Put another request in the place of one",
      action: ["approval.request", "restore.project"],
      params: { id: "The request's id." },
      answers: { 201: { says: "The new request.", schema: approvalAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS, "rate_limited"],
    },
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
    operation: {
      id: "withdrawApproval",
      tag: "Approvals",
      summary: "Withdraw a request",
      action: "approval.withdraw",
      params: { id: "The request's id." },
      answers: { 200: { says: "The request.", schema: approvalAnswer } },
      errors: ["conflict"],
    },
    handle: async ({ ctx, param }) =>
      json(await withdrawApproval(ctx, { namespace: param("ns"), approvalId: param("id") })),
  }),
});
