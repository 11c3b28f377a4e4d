import { releaseWrites } from "../../../../../../../../../lib/services/restores/release-writes.ts";
import { restoreAnswer } from "../../../../../../../../../lib/web/answers/restore-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "releaseWrites",
      tag: "Restores",
      summary: "Let writes go on that are held around a restore",
      action: "restore.release",
      params: { id: "The restore's id." },
      answers: { 200: { says: "The restore.", schema: restoreAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    idempotent: true,
    handle: async ({ ctx, param }) =>
      json(await releaseWrites(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
});
