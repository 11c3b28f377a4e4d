import { cancelCopyRestore, getCopyRestore } from "../../../../../../../lib/services/second-copy/copy-restores.ts";
import { restoreAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { GUARDED_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  GET: endpoint({
    operation: {
      id: "readCopyRestore",
      tag: "Second copies",
      summary: "Read how bringing a copy back stands",
      action: "copy.list",
      params: { id: "The restore's id." },
      answers: { 200: { says: "The restore.", schema: restoreAnswer } },
    },
    handle: async ({ ctx, param }) =>
      json(await getCopyRestore(ctx, { namespace: param("ns"), restoreId: param("id") })),
  }),
  DELETE: endpoint({
    operation: {
      id: "cancelCopyRestore",
      tag: "Second copies",
      summary: "Stop bringing a copy back",
      action: "copy.bring-back",
      params: { id: "The restore's id." },
      answers: { 200: { says: "The restore; nothing of it stays.", schema: restoreAnswer } },
      errors: [...GUARDED_ERRORS],
    },
    handle: async ({ ctx, param }) =>
      json(await cancelCopyRestore(ctx, { namespace: param("ns"), restoreId: param("id") })),
  }),
});
