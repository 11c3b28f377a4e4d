import { z } from "zod";
import type { RestoreAnswer, RestoreView } from "../../../../../../../lib/client/api-types.ts";
import { isErrorCode, LastgoodError } from "../../../../../../../lib/domain/errors.ts";
import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { createRestore } from "../../../../../../../lib/services/restores/create-restore.ts";
import { getRestore } from "../../../../../../../lib/services/restores/get-restore.ts";
import { waitForRestore } from "../../../../../../../lib/services/restores/wait-for-restore.ts";
import { restoreEndAnswer } from "../../../../../../../lib/web/answers/restore-answers.ts";
import { aroundFields, checksFields, restoreSourceFields } from "../../../../../../../lib/web/api-schemas.ts";
import { RESTORE_ERRORS } from "../../../../../../../lib/web/operation-errors.ts";
import { type Call, endpoint, json, route } from "../../../../../../../lib/web/route.ts";

/** Beside the source of the PerSQL routes: what is to go on around it, and what is to be checked. */
const restoreBodySchema = z.strictObject({ ...restoreSourceFields, ...aroundFields, ...checksFields });
const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    operation: {
      id: "restoreDatabase",
      tag: "Restores",
      summary: "Restore a database in place",
      description:
        "Give exactly one of snapshotId, bookmark, timestamp and backupKey. The present state is kept: `previousBookmark` undoes it.",
      action: ["restore.project", "restore.preview"],
      answers: {
        200: { says: "It is restored.", schema: restoreEndAnswer, headers: ["location"] },
        202: { says: "It goes on; follow it at Location.", schema: restoreEndAnswer, headers: ["location"] },
      },
      errors: [...RESTORE_ERRORS],
      waits: true,
    },
    idempotent: async (call, madeId) => {
      const { ctx, param } = call;
      const of = { namespace: param("ns"), database: param("db"), restoreId: madeId };
      return answerEnd(call, await getRestore(ctx, of));
    },
    body: restoreBodySchema,
    async handle(call) {
      const { ctx, param, body } = call;
      const { fenceSeconds, runHooks, checks, ...source } = body;
      const of = { namespace: param("ns"), database: param("db") };
      const queued = await namingNearest(ctx, of, async () =>
        createRestore(ctx, {
          ...of,
          source: parseRestoreSource(source),
          fenceSeconds,
          runHooks,
          checks,
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
  const answer: RestoreAnswer = {
    restoreId: ended.id,
    status: ended.status,
    bookmark: ended.reached?.bookmark ?? ended.to.bookmark,
    previousBookmark: ended.previous?.bookmark ?? null,
  };
  const base = `/api/namespaces/${encodeURIComponent(param("ns"))}/databases/${ended.databaseId}`;
  return json(answer, ended.status === "completed" ? 200 : 202, { location: `${base}/restores/${ended.id}` });
}

function toError({ id, status, error }: RestoreView): LastgoodError {
  const known = error !== null && isErrorCode(error.code) ? error.code : "restore_failed";
  const code = status === "cancelled" ? "cancelled" : known;
  return new LastgoodError(code, error?.message ?? `The restore ended as ${status}.`, {
    hint: error?.hint ?? "The database is as it was before; look at the cause and try again.",
    restoreId: id,
  });
}
