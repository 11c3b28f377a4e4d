import { decideApproval } from "../../../../../../../lib/services/approvals/decide-approval.ts";
import { approvalAnswer } from "../../../../../../../lib/web/answers/approval-answers.ts";
import { decisionSchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "decideApproval",
      tag: "Approvals",
      summary: "Approve or refuse a request",
      action: "approval.decide",
      params: { id: "The request's id." },
      answers: { 200: { says: "The request.", schema: approvalAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    body: decisionSchema,
    handle: async ({ ctx, param, body }) =>
      json(await decideApproval(ctx, { namespace: param("ns"), approvalId: param("id"), ...body })),
  }),
});
