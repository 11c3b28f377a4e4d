import { pageApprovals } from "../../../../../lib/services/approvals/get-approval.ts";
import { approvalsAnswer } from "../../../../../lib/web/answers/approval-answers.ts";
import { approvalsQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listApprovals",
      tag: "Approvals",
      summary: "List requests for approval",
      action: "approval.read",
      answers: { 200: { says: "A page, newest first.", schema: approvalsAnswer } },
    },
    query: approvalsQuerySchema,
    handle: async ({ ctx, param, query: { status, ...page } }) =>
      json(await pageApprovals(ctx, { namespace: param("ns"), filter: status, ...page })),
  }),
});
