import { createRestorePoint } from "../../../../../../../lib/services/restore-points/create-restore-point.ts";
import { listRestorePoints } from "../../../../../../../lib/services/restore-points/list-restore-points.ts";
import { labelBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) =>
      json({ snapshots: await listRestorePoints(ctx, { namespace: param("ns"), database: param("db") }) }),
  }),
  POST: endpoint({
    body: labelBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await createRestorePoint(ctx, { namespace: param("ns"), database: param("db"), label: body.label }), 201),
  }),
});
