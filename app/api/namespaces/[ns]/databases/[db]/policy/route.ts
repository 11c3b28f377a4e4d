import { getPolicy } from "../../../../../../../lib/services/policies/get-policy.ts";
import { setPolicy } from "../../../../../../../lib/services/policies/set-policy.ts";
import { policyBodySchema } from "../../../../../../../lib/web/approval-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await getPolicy(ctx, { namespace: param("ns"), database: param("db") })),
  }),
  PUT: endpoint({
    body: policyBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await setPolicy(ctx, { namespace: param("ns"), database: param("db"), ...body })),
  }),
});
