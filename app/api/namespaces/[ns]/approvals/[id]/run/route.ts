import { runApproval } from "../../../../../../../lib/services/approvals/run-approval.ts";
import { approvalAnswer } from "../../../../../../../lib/web/answers/approval-answers.ts";
import { runSchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "runApproval",
      tag: "Approvals",
      summary: "Run what was approved",
      action: "approval.run",
      params: { id: "The request's id." },
      answers: { 202: { says: "The request; a restore goes on by itself.", schema: approvalAnswer } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: true,
    body: runSchema,
    // 202: a restore goes on by itself; the answer names it.
    handle: async ({ ctx, param, body }) =>
      json(await runApproval(ctx, { namespace: param("ns"), approvalId: param("id"), ...body }), 202),
  }),
});
