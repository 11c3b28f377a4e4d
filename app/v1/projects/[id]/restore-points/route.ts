import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createRestorePoint } from "../../../../../lib/services/restore-points/create-restore-point.ts";
import { pageRestorePoints } from "../../../../../lib/services/restore-points/list-restore-points.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { v1RestorePointAnswer } from "../../../../../lib/web/answers/v1-answers.ts";
import { MOMENT_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { labelsQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { toPinnedTo, toV1RestorePoint, v1RestorePointSchema } from "../../../../../lib/web/v1-restore-point-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ListRestorePoints",
      tag: "v1 projects",
      summary: "List the restore points",
      action: "restore-point.list",
      params: { id: "The project's id." },
      answers: {
        200: {
          says: "Newest first.",
          schema: pageOf("restore_points", v1RestorePointAnswer),
        },
      },
    },
    query: labelsQuerySchema,
    handle: async ({ ctx, param, query }) => {
      const of = await findProject(ctx, param("id"));
      const { snapshots, next } = await pageRestorePoints(ctx, { ...of, ...query });
      return json({ restore_points: snapshots.map((point) => toV1RestorePoint(of.database, point)), next });
    },
  }),
  POST: endpoint({
    operation: {
      id: "v1CreateRestorePoint",
      tag: "v1 projects",
      summary: "Name a moment or a backup",
      action: "restore-point.create",
      params: { id: "The project's id." },
      answers: { 201: { says: "The restore point.", schema: v1RestorePointAnswer, headers: ["location"] } },
      errors: [...MOMENT_ERRORS, "conflict"],
    },
    idempotent: true,
    body: v1RestorePointSchema,
    async handle({ ctx, param, body }) {
      const of = await findProject(ctx, param("id"));
      const point = await createRestorePoint(ctx, { ...of, label: body.label, to: toPinnedTo(body) });
      const location = `/v1/projects/${of.database}/restore-points/${point.id}`;
      return json(toV1RestorePoint(of.database, point), 201, { location });
    },
  }),
});
