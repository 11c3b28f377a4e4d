import { deleteRestorePoint } from "../../../../../../../../lib/services/restore-points/delete-restore-point.ts";
import { endpoint, noContent, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    async handle({ ctx, param }) {
      await deleteRestorePoint(ctx, { namespace: param("ns"), database: param("db"), restorePointId: param("id") });
      return noContent();
    },
  }),
});
