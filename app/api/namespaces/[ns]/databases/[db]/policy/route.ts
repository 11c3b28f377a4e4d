import { getPolicy } from "../../../../../../../lib/services/policies/get-policy.ts";
import { setPolicy } from "../../../../../../../lib/services/policies/set-policy.ts";
import { policyAnswer } from "../../../../../../../lib/web/answers/approval-answers.ts";
import { policyBodySchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readPolicy",
      tag: "Approvals",
      summary: "Read the policy of a database",
      action: "policy.read",
      answers: { 200: { says: "The policy.", schema: policyAnswer } },
    },
    handle: async ({ ctx, param }) => json(await getPolicy(ctx, { namespace: param("ns"), database: param("db") })),
  }),
  PUT: endpoint({
    operation: {
      id: "setPolicy",
      tag: "Approvals",
      summary: "Change the policy of a database",
      action: "policy.change",
      answers: { 200: { says: "The policy.", schema: policyAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    body: policyBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await setPolicy(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
