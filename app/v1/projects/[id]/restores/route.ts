import { findProject } from "../../../../../lib/services/databases/find-project.ts";
import { createRestore } from "../../../../../lib/services/restores/create-restore.ts";
import { listRestores } from "../../../../../lib/services/restores/get-restore.ts";
import { restoreInto } from "../../../../../lib/services/restores/restore-into.ts";
import { readIdempotencyKey } from "../../../../../lib/web/api-schemas.ts";
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
    handle: async ({ ctx, param }) => {
      const restores = await listRestores(ctx, await findProject(ctx, param("id")));
      return json({ restores: restores.map(toV1Restore) });
    },
  }),
  POST: endpoint({
    body: v1RestoreSchema,
    async handle({ ctx, param, body, request }) {
      const of = await findProject(ctx, param("id"));
      const asked = { ...of, source: toV1Source(body), idempotencyKey: readIdempotencyKey(request.headers) };
      const into = toV1Target(body);
      const restore = await namingV1Fields(() =>
        into ? restoreInto(ctx, { ...asked, into }) : createRestore(ctx, asked),
      );
      return json(toV1Restore(restore), 202, { location: `/v1/projects/${of.database}/restores/${restore.id}` });
    },
  }),
});
