import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { planRestore } from "../../../../../../../lib/services/restores/plan-restore.ts";
import { restoreSourceSchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: restoreSourceSchema,
    handle: async ({ ctx, param, body }) => {
      const of = { namespace: param("ns"), database: param("db") };
      const plan = async () => planRestore(ctx, { ...of, source: parseRestoreSource(body) });
      return json(await namingNearest(ctx, of, plan));
    },
  }),
});
