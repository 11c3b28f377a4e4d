import type { RestoreView } from "../../../../../../../lib/client/api-types.ts";
import { isErrorCode, LastgoodError } from "../../../../../../../lib/domain/errors.ts";
import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { giveBack } from "../../../../../../../lib/services/give-back/give-back.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { getRestore } from "../../../../../../../lib/services/restores/get-restore.ts";
import { waitForRestore } from "../../../../../../../lib/services/restores/wait-for-restore.ts";
import { restoreAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { giveBackSchema, toSelection } from "../../../../../../../lib/web/give-back-schemas.ts";
import { RESTORE_ERRORS, SQL_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { type Call, endpoint, json, route } from "../../../../../../../lib/web/route.ts";

const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "giveBack",
      tag: "Rows given back",
      summary: "Give rows of the past back",
      action: "restore.give-back",
      answers: {
        200: { says: "They are written.", schema: restoreAnswer, headers: ["location"] },
        202: { says: "It goes on; follow it at Location.", schema: restoreAnswer, headers: ["location"] },
      },
      errors: [...RESTORE_ERRORS, ...SQL_ERRORS],
      waits: true,
    },
    idempotent: async (call, madeId) => {
      const { ctx, param } = call;
      const of = { namespace: param("ns"), database: param("db"), restoreId: madeId };
      return answerEnd(call, await getRestore(ctx, of));
    },
    body: giveBackSchema,
    async handle(call) {
      const { ctx, param, body } = call;
      const { from, planDigest, reason, onConflict } = body;
      const of = { namespace: param("ns"), database: param("db") };
      const queued = await namingNearest(ctx, of, async () =>
        giveBack(ctx, {
          ...of,
          source: parseRestoreSource(from),
          selection: toSelection(body),
          planDigest,
          reason,
          onConflict,
        }),
      );
      return answerEnd(call, queued);
    },
  }),
});

/** Waits for the end where the caller does, and answers it. */
async function answerEnd(
  { param, request, respondAsync }: Pick<Call<unknown, unknown>, "param" | "request" | "respondAsync">,
  begun: RestoreView,
): Promise<Response> {
  const ended = respondAsync ? begun : await waitForRestore(begun.id, WAIT_MS, request.signal);
  if (ended.status === "failed" || ended.status === "cancelled") throw toError(ended);
  const base = `/api/namespaces/${encodeURIComponent(param("ns"))}/databases/${ended.databaseId}`;
  return json(ended, ended.status === "completed" ? 200 : 202, { location: `${base}/restores/${ended.id}` });
}

function toError({ id, status, error }: RestoreView): LastgoodError {
  const known = error !== null && isErrorCode(error.code) ? error.code : "restore_failed";
  const code = status === "cancelled" ? "cancelled" : known;
  return new LastgoodError(code, error?.message ?? `Giving the rows back ended as ${status}.`, {
    hint: error?.hint ?? "The database is as it was before; look at the plan again.",
    restoreId: id,
  });
}
