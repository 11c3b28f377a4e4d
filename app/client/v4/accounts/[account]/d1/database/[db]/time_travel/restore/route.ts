import type { RestoreView } from "../../../../../../../../../../lib/client/api-types.ts";
import { LastgoodError } from "../../../../../../../../../../lib/domain/errors.ts";
import { restoreD1Database } from "../../../../../../../../../../lib/services/d1/restore-d1-database.ts";
import { waitForRestore } from "../../../../../../../../../../lib/services/restores/wait-for-restore.ts";
import { d1Result } from "../../../../../../../../../../lib/web/d1/d1-envelope.ts";
import { d1Endpoint, d1Route } from "../../../../../../../../../../lib/web/d1/d1-route.ts";
import { toD1Moment } from "../../../../../../../../../../lib/web/d1/d1-schemas.ts";

const WAIT_MS = 30 * 60_000;

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  POST: d1Endpoint({
    kind: "restore",
    async handle({ ctx, param, query, request }) {
      const moment = toD1Moment(query);
      if (moment === null) throw noMoment();
      const of = { account: param("account"), database: param("db") };
      const queued = await restoreD1Database(ctx, of, moment);
      const isAsync = /(^|[,;\s])respond-async($|[,;\s])/i.test(request.headers.get("prefer") ?? "");
      const ended = isAsync ? queued : await waitForRestore(queued.id, WAIT_MS, request.signal);
      const { status, id, to, previous } = ended;
      if (status === "failed" || status === "cancelled") throw notRestored(ended);
      const bookmarks = { bookmark: to.bookmark, previous_bookmark: previous?.bookmark ?? null };
      if (status === "completed") return d1Result({ ...bookmarks, message: "The database was restored." });
      return d1Result({ ...bookmarks, restore_id: id, message: `The restore is ${status}.` }, {}, 202);
    },
  }),
});

function noMoment(): LastgoodError {
  return new LastgoodError("invalid_input", "No moment was given.", {
    field: "bookmark",
    hint: "Give bookmark or timestamp in the address.",
  });
}

/** What ended it before the moment was reached; the client must not take it for something that passes. */
function notRestored({ status, error }: RestoreView): LastgoodError {
  const cause = error?.message ?? `The restore ended as ${status}.`;
  const hint = error?.hint ?? "The database is as it was before; look at the cause and try again.";
  return new LastgoodError("restore_failed", cause, { hint });
}
