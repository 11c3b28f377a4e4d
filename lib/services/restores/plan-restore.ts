import type { PlanView } from "../../client/api-types.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import type { RestoreInto } from "../../domain/restore-target.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { offerAround } from "./around-restore.ts";
import { askForBackupPlan, askForPlanInto, findOverwritten } from "./plan-into.ts";
import { type ResolvedSource, resolveSource } from "./resolve-source.ts";

/** Where the restore goes; null: back in place. */
type OfPlan = { namespace: string; database: string; source: RestoreSource; into: RestoreInto | null };

/** What a restore of a database to `source` would do. Changes nothing. */
export async function planRestore(ctx: CallContext, { namespace, database, source, into }: OfPlan): Promise<PlanView> {
  const { row, overwritten } = await authorise(ctx, "restore.plan", { namespace }, async (db, principal) => {
    const row = await findDatabase(db, principal, database);
    return { row, overwritten: into && (await findOverwritten(principal, row, into)) };
  });
  requireProtected(row);
  const resolved = await resolveSource(row, source);
  const plan = into ? await askForPlanInto(row, resolved, into, overwritten) : await askForPlan(row, resolved);
  return { plan, askedMs: resolved.askedMs, around: into ? null : await offerAround(row, plan) };
}

/** The engine's plan; its digest binds the database's last restore, and the backup where it comes from one. */
export function askForPlan(database: DatabaseRow, { bookmark, backup }: Pick<ResolvedSource, "bookmark" | "backup">) {
  const { id: databaseId, lastRestoreId } = database;
  if (backup) return askForBackupPlan(database, backup, "project");
  return askAgentOf(database, "plan", { databaseId, to: bookmark, lastRestoreId });
}
