import { createRestorePoint } from "../../../../../../../lib/services/restore-points/create-restore-point.ts";
import { pageRestorePoints } from "../../../../../../../lib/services/restore-points/list-restore-points.ts";
import { pageOf } from "../../../../../../../lib/web/answers/answer-schema.ts";
import { snapshotAnswer } from "../../../../../../../lib/web/answers/history-answers.ts";
import { labelBodySchema } from "../../../../../../../lib/web/api-schemas.ts";
import { MOMENT_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { labelsQuerySchema } from "../../../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "listSnapshots",
      tag: "Labels",
      summary: "List the snapshots",
      action: "restore-point.list",
      answers: {
        200: { says: "Newest first.", schema: pageOf("snapshots", snapshotAnswer) },
      },
    },
    query: labelsQuerySchema,
    handle: async ({ ctx, param, query }) =>
      json(await pageRestorePoints(ctx, { namespace: param("ns"), database: param("db"), ...query })),
  }),
  POST: endpoint({
    operation: {
      id: "createSnapshot",
      tag: "Labels",
      summary: "Name the present state",
      action: "restore-point.create",
      answers: { 201: { says: "The snapshot.", schema: snapshotAnswer } },
      errors: [...MOMENT_ERRORS, "conflict", "rate_limited"],
    },
    idempotent: true,
    body: labelBodySchema,
    handle: async ({ ctx, param, body }) =>
      json(await createRestorePoint(ctx, { namespace: param("ns"), database: param("db"), label: body.label }), 201),
  }),
});
