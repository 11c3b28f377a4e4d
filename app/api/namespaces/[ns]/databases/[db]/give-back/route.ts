import type { RestoreView } from "../../../../../../../lib/client/api-types.ts";
import { isErrorCode, LastgoodError } from "../../../../../../../lib/domain/errors.ts";
import { parseRestoreSource } from "../../../../../../../lib/domain/restore-source.ts";
import { giveBack } from "../../../../../../../lib/services/give-back/give-back.ts";
import { namingNearest } from "../../../../../../../lib/services/history/naming-nearest.ts";
import { waitForRestore } from "../../../../../../../lib/services/restores/wait-for-restore.ts";
import { readIdempotencyKey } from "../../../../../../../lib/web/api-schemas.ts";
import { giveBackSchema, toSelection } from "../../../../../../../lib/web/give-back-schemas.ts";
import { endpoint, json, route } from "../../../../../../../lib/web/route.ts";

const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = route({
  POST: endpoint({
    body: giveBackSchema,
    async handle({ ctx, param, body, request, respondAsync }) {
      const { from, planDigest, reason, onConflict } = body;
      const of = { namespace: param("ns"), database: param("db") };
      const idempotencyKey = readIdempotencyKey(request.headers);
      const queued = await namingNearest(ctx, of, async () =>
        giveBack(ctx, {
          ...of,
          source: parseRestoreSource(from),
          selection: toSelection(body),
          planDigest,
          reason,
          onConflict,
          idempotencyKey,
        }),
      );
      const ended = respondAsync ? queued : await waitForRestore(queued.id, WAIT_MS, request.signal);
      if (ended.status === "failed" || ended.status === "cancelled") throw toError(ended);
      const base = `/api/namespaces/${encodeURIComponent(of.namespace)}/databases/${ended.databaseId}`;
      return json(ended, ended.status === "completed" ? 200 : 202, { location: `${base}/restores/${ended.id}` });
    },
  }),
});

function toError({ id, status, error }: RestoreView): LastgoodError {
  const known = error !== null && isErrorCode(error.code) ? error.code : "restore_failed";
  const code = status === "cancelled" ? "cancelled" : known;
  return new LastgoodError(code, error?.message ?? `Giving the rows back ended as ${status}.`, {
    hint: error?.hint ?? "The database is as it was before; look at the plan again.",
    restoreId: id,
  });
}
