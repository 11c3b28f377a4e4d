import type { PushView } from "../../client/integration-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { readCovered } from "../databases/covered-databases.ts";
import { perform } from "../perform.ts";
import { findIntegration } from "./find-integration.ts";
import { requireRoomToPush } from "./limit-pushes.ts";
import { queuePush } from "./queue-pushes.ts";
import { toPushViews } from "./to-integration-view.ts";

/** Has the variables of every database that it covers pushed, by hand. Throws `conflict` where it is off or covers none, `rate_limited`. */
export function pushNow(
  ctx: CallContext,
  { namespace, integrationId }: { namespace: string; integrationId: string },
): Promise<PushView[]> {
  return perform(ctx, "integration.push", { namespace }, async ({ db, principal, note }) => {
    const row = await findIntegration(db, principal, integrationId);
    const { id: namespaceId } = principal.namespace;
    const covered = readCovered(row.databases);
    const databases = await db.database.findMany({
      where: { namespaceId, kind: "project", deletedAtMs: null, ...(covered && { id: { in: covered } }) },
      orderBy: { id: "asc" },
      select: { id: true },
    });
    note({ kind: "integration", id: row.id }, { name: row.name, databases: databases.length });
    if (!row.active) {
      throw new LastgoodError("conflict", `${row.name} is switched off.`, { hint: "Switch it on, then push." });
    }
    if (databases.length === 0) {
      throw new LastgoodError("conflict", "There is no database whose variables could be pushed.", {
        hint: "Protect a database, or choose another one for this integration.",
      });
    }
    await requireRoomToPush(
      db,
      row,
      databases.map(({ id }) => id),
    );
    const ids: string[] = [];
    for (const { id } of databases) {
      ids.push(await queuePush(db, { integrationId: row.id, databaseId: id, restoreId: null }));
    }
    return toPushViews(db, namespaceId, await db.integrationPush.findMany({ where: { id: { in: ids } } }));
  });
}
