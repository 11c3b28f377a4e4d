import { readChainStatus } from "../../../../../../lib/services/audit/read-chain-status.ts";
import { endpoint, json, route } from "../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({ handle: async ({ ctx, param }) => json(await readChainStatus(ctx, { namespace: param("ns") })) }),
});
