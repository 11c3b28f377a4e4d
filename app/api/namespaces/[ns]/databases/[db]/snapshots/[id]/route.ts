import { deleteRestorePoint } from "../../../../../../../../lib/services/restore-points/delete-restore-point.ts";
import { GUARDED_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, noContent, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  DELETE: endpoint({
    operation: {
      id: "deleteSnapshot",
      tag: "Labels",
      summary: "Delete a snapshot",
      action: "restore-point.delete",
      params: { id: "The snapshot's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      await deleteRestorePoint(ctx, { namespace: param("ns"), database: param("db"), restorePointId: param("id") });
      return noContent();
    },
  }),
});
