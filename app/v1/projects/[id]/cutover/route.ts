import type { RestoreView } from "../../../../../lib/client/api-types.ts";
import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createCutover } from "../../../../../lib/services/restores/create-cutover.ts";
import { getRestore } from "../../../../../lib/services/restores/get-restore.ts";
import { v1RestoreAnswer } from "../../../../../lib/web/answers/v1-answers.ts";
import { RESTORE_ERRORS } from "../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import {
  namingV1Fields,
  requireOverwriteConfirmed,
  toV1Restore,
  v1CutoverSchema,
} from "../../../../../lib/web/v1-restore-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "v1Cutover",
      tag: "v1 projects",
      summary: "Make a preview's state the project's",
      action: "restore.cutover",
      params: { id: "The project's id." },
      answers: { 202: { says: "It goes on; follow it at Location.", schema: v1RestoreAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: async ({ ctx, param }, madeId) => {
      const of = await findProject(ctx, param("id"));
      return answerBegun(of.database, await getRestore(ctx, { ...of, restoreId: madeId }));
    },
    body: v1CutoverSchema,
    async handle({ ctx, param, body }) {
      const of = await findProject(ctx, param("id"));
      requireOverwriteConfirmed(body);
      const { preview_id: previewId, reason, plan_digest: planDigest } = body;
      const asked = { ...of, previewId, reason, planDigest };
      const restore = await namingV1Fields(() => createCutover(ctx, asked));
      return answerBegun(of.database, restore);
    },
  }),
});

function answerBegun(projectId: string, restore: RestoreView): Response {
  return json(toV1Restore(restore), 202, { location: `/v1/projects/${projectId}/restores/${restore.id}` });
}
