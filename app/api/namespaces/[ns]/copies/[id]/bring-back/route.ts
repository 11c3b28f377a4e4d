import type { RestoreView } from "../../../../../../../lib/client/api-types.ts";
import { bringBack } from "../../../../../../../lib/services/second-copy/bring-back.ts";
import { getCopyRestore } from "../../../../../../../lib/services/second-copy/copy-restores.ts";
import { restoreAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { bringBackSchema, toCopyMoment } from "../../../../../../../lib/web/copy-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "bringBackCopy",
      tag: "Second copies",
      summary: "Bring a database back from its second copy",
      description:
        "Makes a new hosted database; the copy stays, and nothing that is here is touched. Without `timestamp` and `bookmark` it is the copy's newest commit; a time means the newest commit at or before it, which is known once the history was fetched.",
      action: "copy.bring-back",
      params: { id: "The copy's id." },
      answers: { 202: { says: "It goes on; follow it at Location.", schema: restoreAnswer, headers: ["location"] } },
      errors: [...RESTORE_ERRORS],
    },
    idempotent: async ({ ctx, param }, madeId) =>
      answerBegun(param("ns"), await getCopyRestore(ctx, { namespace: param("ns"), restoreId: madeId })),
    body: bringBackSchema,
    async handle({ ctx, param, body: { timestamp, bookmark, ...body } }) {
      const at = toCopyMoment({ timestamp, bookmark });
      const restore = await bringBack(ctx, { namespace: param("ns"), copyId: param("id"), at, ...body });
      return answerBegun(param("ns"), restore);
    },
  }),
});

function answerBegun(namespace: string, restore: RestoreView): Response {
  const location = `/api/namespaces/${encodeURIComponent(namespace)}/copies/restores/${restore.id}`;
  return json(restore, 202, { location });
}
