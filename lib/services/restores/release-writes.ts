import type { RestoreView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { readRestore } from "./create-restore.ts";
import { findRestore } from "./get-restore.ts";

/**
 * Lets the writes go on that a restore holds, before their time is over. The restore itself has taken place by then.
 * Throws `conflict` while nothing is held yet, or no longer.
 */
export async function releaseWrites(
  ctx: CallContext,
  { namespace, database, restoreId }: { namespace: string; database: string; restoreId: string },
): Promise<RestoreView> {
  const { agentId } = await perform(ctx, "restore.release", { namespace }, async ({ db, principal, note }) => {
    const of = await findDatabase(db, principal, database);
    const restore = await findRestore(db, of, restoreId);
    note({ kind: "restore", id: restore.id }, { databaseId: restore.databaseId });
    const isHeld = restore.openKey !== null && restore.stage === "hold" && restore.jobId !== null;
    const { count } = isHeld
      ? await db.job.updateMany({
          where: { id: restore.jobId ?? "", status: "running" },
          data: { cancelAsked: true, version: { increment: 1 } },
        })
      : { count: 0 };
    if (count === 0) {
      throw new LastgoodError("conflict", "This restore holds no writes now.", {
        hint: "They are held from the swap on, for as long as was asked; its page shows it.",
      });
    }
    return of;
  });
  await wakeAgent({ agentId });
  return readRestore(restoreId.toLowerCase());
}
