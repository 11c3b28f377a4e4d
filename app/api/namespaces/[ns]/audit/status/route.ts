import { readChainStatus } from "../../../../../../lib/services/audit/read-chain-status.ts";
import { auditStatusAnswer } from "../../../../../../lib/web/answers/people-answers.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readAuditStatus",
      tag: "Audit",
      summary: "Prove the newest audit entries",
      action: "audit.read",
      answers: { 200: { says: "Whether the chain holds.", schema: auditStatusAnswer } },
    },
    handle: async ({ ctx, param }) => json(await readChainStatus(ctx, { namespace: param("ns") })),
  }),
});
