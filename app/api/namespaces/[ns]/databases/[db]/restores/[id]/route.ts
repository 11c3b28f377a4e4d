import { cancelRestore } from "../../../../../../../../lib/services/restores/cancel-restore.ts";
import { getRestore } from "../../../../../../../../lib/services/restores/get-restore.ts";
import { restoreAnswer } from "../../../../../../../../lib/web/answers/restore-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readRestore",
      tag: "Restores",
      summary: "Read how a restore stands",
      action: "restore.read",
      params: { id: "The restore's id." },
      answers: {
        200: { says: "The restore.", schema: restoreAnswer },
      },
    },
    handle: async ({ ctx, param }) =>
      json(await getRestore(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
  DELETE: endpoint({
    operation: {
      id: "cancelRestore",
      tag: "Restores",
      summary: "Cancel a restore",
      action: ["restore.cancel", "restore.preview"],
      params: { id: "The restore's id." },
      answers: { 200: { says: "The restore; it ends at the next safe place.", schema: restoreAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    handle: async ({ ctx, param }) =>
      json(await cancelRestore(ctx, { namespace: param("ns"), database: param("db"), restoreId: param("id") })),
  }),
});
