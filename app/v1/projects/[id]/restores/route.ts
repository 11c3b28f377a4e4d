import type { RestoreView } from "../../../../../lib/client/api-types.ts";
import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createRestore } from "../../../../../lib/services/restores/create-restore.ts";
import { getRestore, pageRestores } from "../../../../../lib/services/restores/get-restore.ts";
import { restoreInto } from "../../../../../lib/services/restores/restore-into.ts";
import { pageOf } from "../../../../../lib/web/answers/answer-schema.ts";
import { v1RestoreAnswer } from "../../../../../lib/web/answers/v1-answers.ts";
import { RESTORE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { restoresQuerySchema } from "../../../../../lib/web/page-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import {
  namingV1Fields,
  toV1Restore,
  toV1Source,
  toV1Target,
  v1RestoreSchema,
} from "../../../../../lib/web/v1-restore-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "v1ListRestores",
      tag: "v1 projects",
      summary: "List the restores",
      action: "restore.read",
      params: { id: "The project's id." },
      answers: {
        200: { says: "Newest first.", schema: pageOf("restores", v1RestoreAnswer) },
      },
    },
    query: restoresQuerySchema,
    handle: async ({ ctx, param, query }) => {
      const { restores, next } = await pageRestores(ctx, { ...(await findProject(ctx, param("id"))), ...query });
      return json({ restores: restores.map(toV1Restore), next });
    },
  }),
  POST: endpoint({
    operation: {
      id: "v1CreateRestore",
      tag: "v1 projects",
      summary: "Restore into a preview, a new database, or over the project",
      action: ["restore.preview", "restore.new-database", "restore.project"],
      params: { id: "The project's id." },
      answers: { 202: { says: "It goes on; follow it at Location.", schema: v1RestoreAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = await findProject(ctx, param("id"));
      return answerBegun(of.database, await getRestore(ctx, { ...of, restoreId: madeId }));
    },
    body: v1RestoreSchema,
    async handle({ ctx, param, body }) {
      const of = await findProject(ctx, param("id"));
      const { reason, plan_digest: planDigest, checks } = body;
      const asked = { ...of, source: toV1Source(body), checks, reason, planDigest };
      const into = toV1Target(body);
      const restore = await namingV1Fields(() =>
        into ? restoreInto(ctx, { ...asked, into }) : createRestore(ctx, asked),
      );
      return answerBegun(of.database, restore);
    },
  }),
});

function answerBegun(projectId: string, restore: RestoreView): Response {
  return json(toV1Restore(restore), 202, { location: `/v1/projects/${projectId}/restores/${restore.id}` });
}
