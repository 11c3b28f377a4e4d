import { readWindow } from "../../../../../../../lib/services/history/read-history.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json(await readWindow(ctx, { namespace: param("ns"), database: param("db") })),
  }),
});
