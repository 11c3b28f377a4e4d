import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createRestorePoint } from "../../../../../lib/services/restore-points/create-restore-point.ts";
import { listRestorePoints } from "../../../../../lib/services/restore-points/list-restore-points.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { toPinnedTo, toV1RestorePoint, v1RestorePointSchema } from "../../../../../lib/web/v1-restore-point-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => {
      const of = await findProject(ctx, param("id"));
      const points = await listRestorePoints(ctx, of);
      return json({ restore_points: points.map((point) => toV1RestorePoint(of.database, point)) });
    },
  }),
  POST: endpoint({
    body: v1RestorePointSchema,
    async handle({ ctx, param, body }) {
      const of = await findProject(ctx, param("id"));
      const point = await createRestorePoint(ctx, { ...of, label: body.label, to: toPinnedTo(body) });
      const location = `/v1/projects/${of.database}/restore-points/${point.id}`;
      return json(toV1RestorePoint(of.database, point), 201, { location });
    },
  }),
});
