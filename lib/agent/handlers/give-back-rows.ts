import type { Engine, ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { completeGiveBack, readGiveBack, startGiveBack } from "../../services/give-back/carry-out.ts";

/**
 * Carries a give-back out; false when the restore is of another kind. Running it again after a crash is harmless: the engine finds
 * out from the history whether the first try took place. Callers of a hosted database wait; nobody is turned away.
 */
export async function giveBackRows(
  ctx: CallContext,
  restoreId: string,
  { engine, database }: { engine: Engine; database(id: string): Promise<ProtectedDatabase> },
  run: Run,
): Promise<boolean> {
  const order = await readGiveBack(restoreId);
  if (!order) return false;
  if (!(await startGiveBack(restoreId))) return true;
  const done = await engine.rows.run(await database(order.databaseId), restoreId, order.rows, run);
  await completeGiveBack(ctx, restoreId, done);
  return true;
}
