import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { planRestore } from "../../../../../../../lib/services/restores/plan-restore.ts";
import { restoreSourceSchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: restoreSourceSchema,
    handle: async ({ ctx, param, body }) =>
      json(await planRestore(ctx, { namespace: param("ns"), database: param("db"), source: parseRestoreSource(body) })),
  }),
});
