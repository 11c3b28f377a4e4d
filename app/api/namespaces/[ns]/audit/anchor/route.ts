import { readAnchor } from "../../../../../../lib/services/audit/read-chain-status.ts";
import { auditAnchorAnswer } from "../../../../../../lib/web/answers/people-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readAuditAnchor",
      tag: "Audit",
      summary: "Read an anchor of the audit log",
      action: "audit.read",
      answers: { 200: { says: "For `lastgood audit verify --anchors`.", schema: auditAnchorAnswer } },
    },
    handle: async ({ ctx, param }) => json(await readAnchor(ctx, { namespace: param("ns") })),
  }),
});
