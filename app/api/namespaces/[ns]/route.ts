import { getNamespace } from "../../../../lib/services/namespaces/get-namespace.ts";
import { endpoint, json, route } from "../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({ handle: async ({ ctx, param }) => json(await getNamespace(ctx, { namespace: param("ns") })) }),
});
