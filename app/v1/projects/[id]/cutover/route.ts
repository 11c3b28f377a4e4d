import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createCutover } from "../../../../../lib/services/restores/create-cutover.ts";
import { readIdempotencyKey } from "../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../lib/web/route.ts";
import { requireOverwriteConfirmed, toV1Restore, v1CutoverSchema } from "../../../../../lib/web/v1-restore-schemas.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: v1CutoverSchema,
    async handle({ ctx, param, body, request }) {
      const of = await findProject(ctx, param("id"));
      requireOverwriteConfirmed(body);
      const idempotencyKey = readIdempotencyKey(request.headers);
      const restore = await createCutover(ctx, { ...of, previewId: body.preview_id, idempotencyKey });
      return json(toV1Restore(restore), 202, { location: `/v1/projects/${of.database}/restores/${restore.id}` });
    },
  }),
});
