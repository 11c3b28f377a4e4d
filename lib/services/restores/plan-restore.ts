import type { PlanView } from "../../client/api-types.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { offerAround } from "./around-restore.ts";
import { resolveSource } from "./resolve-source.ts";

/** What a restore of a database to `source` would do. Changes nothing. */
export async function planRestore(
  ctx: CallContext,
  { namespace, database, source }: { namespace: string; database: string; source: RestoreSource },
): Promise<PlanView> {
  const row = await authorise(ctx, "restore.plan", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  requireProtected(row);
  const resolved = await resolveSource(row, source);
  const plan = await askForPlan(row, resolved.bookmark);
  return { plan, askedMs: resolved.askedMs, around: await offerAround(row, plan) };
}

/** The engine's plan; its digest binds the database's last restore. */
export function askForPlan(database: DatabaseRow, toBookmark: string) {
  return askAgentOf(database, "plan", {
    databaseId: database.id,
    to: toBookmark,
    lastRestoreId: database.lastRestoreId,
  });
}
