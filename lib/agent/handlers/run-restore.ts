import type { Bookmark } from "../../domain/bookmark.ts";
import type { Restored } from "../../domain/restore.ts";
import type { Engine, ProtectedDatabase, RestoreAround, Run } from "../../engines/engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import { completeCopy } from "../../services/restores/complete-copy.ts";
import { completeRestore } from "../../services/restores/complete-restore.ts";
import { noteCheck } from "../../services/restores/note-check.ts";
import { type RestoreOrder, startRestore } from "../../services/restores/start-restore.ts";
import type { BackupStores } from "../backup-stores.ts";
import type { FetchedBackups } from "../fetched-backups.ts";
import type { FetchedCopies } from "../fetched-copies.ts";
import { RestoreHooks } from "../hooks/restore-hooks.ts";
import { isLeftForLater, isLeftUnwritten } from "../job-loop.ts";
import { bringBackCopy } from "./bring-back-copy.ts";
import { giveBackRows } from "./give-back-rows.ts";
import { restoreBackup } from "./restore-backup.ts";

export type RestoreMeans = {
  engine: Engine;
  agentId: string;
  database(id: string): Promise<ProtectedDatabase>;
  /** Where backups are fetched to, and where those are put that are made before a restore. */
  fetched: FetchedBackups;
  stores: BackupStores;
  /** Where histories are fetched to from their second copies; left out: nowhere. */
  fetchedCopies?: FetchedCopies;
  /** The job that this is, and the run of the agent that holds it. */
  jobId: string;
  holder: string;
  /** Folder of the operator's programs; null: none. */
  hooks: string | null;
  /** Above 1 when an earlier run of an agent had begun it. */
  attempt: number;
};

/**
 * Carries a restore out. Running it again after a crash is harmless: the engine finds out from the history whether the
 * first try took effect. A restore that was closed meanwhile is left alone.
 */
export async function runRestore(ctx: CallContext, restoreId: string, means: RestoreMeans, of: Run): Promise<void> {
  const { engine, agentId, database, hooks, attempt } = means;
  if (await giveBackRows(ctx, restoreId, { engine, database }, of)) return;
  const order = await startRestore(restoreId);
  if (order.status !== "running") return;
  const to = order.toBookmark as Bookmark;
  const run: Run = {
    ...of,
    checks: { indexes: order.amcheck, ended: (check) => noteCheck(restoreId, check) },
  };
  const { source, written } = await databasesOf(order, database);
  const { backupId, copyId } = order;
  if (copyId !== null) return bringBackCopy(ctx, { ...order, copyId }, written, means, run);
  if (backupId !== null) return restoreBackup(ctx, { ...order, backupId }, { source, written }, means, run);
  if (order.targetKind === "new_preview" || order.targetKind === "new_database") {
    const copied = await engine.copies.copy({ source, to, target: written, restoreId }, run);
    return completeCopy(ctx, restoreId, copied);
  }
  // Only a hosted database's callers can be turned away; the row says so even while this agent is down.
  if (written.origin === "hosted") await setDatabaseState(agentId, written.id, { state: "restoring" });
  const restored = await accompanied({ db: written, order, hooks, attempt }, run, (around) =>
    source.id === written.id
      ? engine.restore(written, restoreId, to, run, around)
      : engine.copies.takeOver(written, restoreId, { source, to }, run, around),
  );
  await completeInPlace(ctx, restoreId, restored, run);
}

/** Where nothing had to be written nothing has gone ahead yet: somebody may have cancelled. */
export async function completeInPlace(
  ctx: CallContext,
  restoreId: string,
  restored: Restored,
  run: Run,
): Promise<void> {
  if (restored.restoreBookmark === null) await run.goAhead?.();
  await completeRestore(ctx, restoreId, restored);
}

/** The database whose state is restored and the one that is written: in place they are the same. */
async function databasesOf(
  { databaseId, targetKind, targetDatabaseId, sourceDatabaseId }: RestoreOrder,
  database: (id: string) => Promise<ProtectedDatabase>,
): Promise<{ source: ProtectedDatabase; written: ProtectedDatabase }> {
  const own = await database(databaseId);
  if (targetKind === "cutover") return { source: await database(sourceDatabaseId ?? ""), written: own };
  return { source: own, written: targetDatabaseId === null ? own : await database(targetDatabaseId) };
}

/** Carries out what is to be done in place with what was asked to go on around it: held writes, the operator's programs. */
export async function accompanied<Done>(
  {
    db,
    order,
    hooks,
    attempt,
  }: { db: ProtectedDatabase; order: RestoreOrder } & Pick<RestoreMeans, "hooks" | "attempt">,
  run: Run,
  restore: (around: RestoreAround) => Promise<Done>,
): Promise<Done> {
  const programs = order.runHooks ? new RestoreHooks(hooks, db, { ...order, attempt }, run) : null;
  const around: RestoreAround = {
    holdWritesMs: order.fenceSeconds === null ? null : order.fenceSeconds * 1000,
    before: async () => programs?.before(),
    after: async () => programs?.after("completed"),
  };
  try {
    const done = await restore(around);
    await programs?.after("completed");
    return done;
  } catch (error) {
    // It is gone on with; where nothing was written yet, who was stopped for it need not wait for that.
    if (isLeftUnwritten(error) || !isLeftForLater(error, run))
      await programs?.after(run.signal.aborted ? "cancelled" : "failed");
    throw error;
  }
}
