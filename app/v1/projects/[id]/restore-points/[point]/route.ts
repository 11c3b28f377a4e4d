import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { deleteRestorePoint } from "../../../../../../lib/services/restore-points/delete-restore-point.ts";
import { getRestorePoint } from "../../../../../../lib/services/restore-points/get-restore-point.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";
import { toV1RestorePoint } from "../../../../../../lib/web/v1-restore-point-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    handle: async ({ ctx, param }) => {
      const of = await findProject(ctx, param("id"));
      const point = await getRestorePoint(ctx, { ...of, restorePointId: param("point") });
      return json(toV1RestorePoint(of.database, point));
    },
  }),
  DELETE: endpoint({
    async handle({ ctx, param }) {
      const of = await findProject(ctx, param("id"));
      await deleteRestorePoint(ctx, { ...of, restorePointId: param("point") });
      return noContent();
    },
  }),
});
