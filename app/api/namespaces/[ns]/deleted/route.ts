import { listDeletedDatabases } from "../../../../../lib/services/databases/list-deleted-databases.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => json({ databases: await listDeletedDatabases(ctx, { namespace: param("ns") }) }),
  }),
});
