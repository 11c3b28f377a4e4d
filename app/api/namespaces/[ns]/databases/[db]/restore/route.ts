import { z } from "zod";
import type { RestoreAnswer, RestoreView } from "../../../../../../../lib/client/api-types.ts";
import { isErrorCode, LastgoodError } from "../../../../../../../lib/domain/errors.ts";
import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { createRestore } from "../../../../../../../lib/services/restores/create-restore.ts";
import { waitForRestore } from "../../../../../../../lib/services/restores/wait-for-restore.ts";
import { aroundFields, readIdempotencyKey, restoreSourceFields } from "../../../../../../../lib/web/api-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

/** Beside the source of the PerSQL routes: what is to go on around it. */
const restoreBodySchema = z.strictObject({ ...restoreSourceFields, ...aroundFields });
const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: restoreBodySchema,
    async handle({ ctx, param, body, request, respondAsync }) {
      const { fenceSeconds, runHooks, ...source } = body;
      const of = { namespace: param("ns"), database: param("db") };
      const idempotencyKey = readIdempotencyKey(request.headers);
      const queued = await namingNearest(ctx, of, async () =>
        createRestore(ctx, { ...of, source: parseRestoreSource(source), idempotencyKey, fenceSeconds, runHooks }),
      );
      const ended = respondAsync ? queued : await waitForRestore(queued.id, WAIT_MS, request.signal);
      if (ended.status === "failed" || ended.status === "cancelled") throw toError(ended);
      const answer: RestoreAnswer = {
        restoreId: ended.id,
        status: ended.status,
        bookmark: ended.reached?.bookmark ?? ended.to.bookmark,
        previousBookmark: ended.previous?.bookmark ?? null,
      };
      const base = `/api/namespaces/${encodeURIComponent(of.namespace)}/databases/${ended.databaseId}`;
      return json(answer, ended.status === "completed" ? 200 : 202, { location: `${base}/restores/${ended.id}` });
    },
  }),
});

function toError({ id, status, error }: RestoreView): LastgoodError {
  const known = error !== null && isErrorCode(error.code) ? error.code : "restore_failed";
  const code = status === "cancelled" ? "cancelled" : known;
  return new LastgoodError(code, error?.message ?? `The restore ended as ${status}.`, {
    hint: error?.hint ?? "The database is as it was before; look at the cause and try again.",
    restoreId: id,
  });
}
