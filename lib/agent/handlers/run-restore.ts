import type { Bookmark } from "../../domain/bookmark.ts";
import type { Engine, ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import { completeRestore } from "../../services/restores/complete-restore.ts";
import { startRestore } from "../../services/restores/start-restore.ts";

/**
 * Carries a restore out. Running it again after a crash is harmless: the engine finds out from the history whether the
 * first try took effect. A restore that was closed meanwhile is left alone.
 */
export async function runRestore(
  ctx: CallContext,
  restoreId: string,
  { engine, agentId, database }: { engine: Engine; agentId: string; database(id: string): Promise<ProtectedDatabase> },
  run: Run,
): Promise<void> {
  const order = await startRestore(restoreId);
  if (order.status !== "running") return;
  const db = await database(order.databaseId);
  // Only a hosted database's callers can be turned away; the row says so even while this agent is down.
  if (db.origin === "hosted") await setDatabaseState(agentId, db.id, { state: "restoring" });
  const restored = await engine.restore(db, restoreId, order.toBookmark as Bookmark, run);
  await completeRestore(ctx, restoreId, restored);
}
