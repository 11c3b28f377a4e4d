import { readAnchor } from "../../../../../../lib/services/audit/read-chain-status.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({ handle: async ({ ctx, param }) => json(await readAnchor(ctx, { namespace: param("ns") })) }),
});
