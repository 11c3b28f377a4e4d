import { findProject } from "../../../../../../lib/services/databases/find-project.ts";
import { deleteRestorePoint } from "../../../../../../lib/services/restore-points/delete-restore-point.ts";
import { getRestorePoint } from "../../../../../../lib/services/restore-points/get-restore-point.ts";
import { v1RestorePointAnswer } from "../../../../../../lib/web/answers/v1-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, noContent, route } from "../../../../../../lib/web/route.ts";
import { toV1RestorePoint } from "../../../../../../lib/web/v1-restore-point-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ReadRestorePoint",
      tag: "v1 projects",
      summary: "Read a restore point",
      action: "restore-point.list",
      params: { id: "The project's id.", point: "The restore point's id." },
      answers: { 200: { says: "The restore point.", schema: v1RestorePointAnswer } },
    },
    handle: async ({ ctx, param }) => {
      const of = await findProject(ctx, param("id"));
      const point = await getRestorePoint(ctx, { ...of, restorePointId: param("point") });
      return json(toV1RestorePoint(of.database, point));
    },
  }),
  DELETE: endpoint({
    operation: {
      id: "v1DeleteRestorePoint",
      tag: "v1 projects",
      summary: "Delete a restore point",
      action: "restore-point.delete",
      params: { id: "The project's id.", point: "The restore point's id." },
      answers: { 204: { says: "It is done." } },
      errors: [...GUARDED_ERRORS],
    },
    async handle({ ctx, param }) {
      const of = await findProject(ctx, param("id"));
      await deleteRestorePoint(ctx, { ...of, restorePointId: param("point") });
      return noContent();
    },
  }),
});
