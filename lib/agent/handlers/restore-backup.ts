import { unreachable } from "../../domain/assert.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import { findBackupKind } from "../../services/backups/read-stored-backup.ts";
import type { CallContext } from "../../services/call-context.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import { completeCopy } from "../../services/restores/complete-copy.ts";
import type { RestoreOrder } from "../../services/restores/start-restore.ts";
import { isLeftForLater } from "../job-loop.ts";
import { BackupFetch } from "./fetch-backup.ts";
import { restoreDocument } from "./restore-document.ts";
import { accompanied, completeInPlace, type RestoreMeans } from "./run-restore.ts";

/**
 * Carries out a restore whose state comes from a backup: fetches it, checks every byte of it, and only then has it restored. Over a live
 * database that is done once the engine asks for it, which settles what an earlier try has done before. What was fetched stays until
 * the restore has ended: some of what was begun can be settled by it alone.
 */
export async function restoreBackup(
  ctx: CallContext,
  order: RestoreOrder & { backupId: string },
  between: { source: ProtectedDatabase; written: ProtectedDatabase },
  means: RestoreMeans,
  run: Run,
): Promise<void> {
  const { restoreId, backupId } = order;
  const fetching = new BackupFetch(order, means, run);
  const quiet = withoutPlan(run);
  try {
    const kind = await findBackupKind(backupId);
    switch (kind) {
      case "physical":
        await restoreImage(ctx, order, between.written, fetching, means, quiet);
        break;
      case "portable":
        await restoreDocument(ctx, order, between, fetching, means, quiet);
        break;
      default:
        unreachable(kind);
    }
  } catch (error) {
    if (!isLeftForLater(error, run)) await means.fetched.remove(restoreId);
    throw error;
  }
  await means.fetched.remove(restoreId);
}

async function restoreImage(
  ctx: CallContext,
  order: RestoreOrder,
  written: ProtectedDatabase,
  fetching: BackupFetch,
  { engine, agentId, hooks, attempt }: RestoreMeans,
  run: Run,
): Promise<void> {
  const { restoreId, targetKind, toBookmark, toTimeMs } = order;
  if (targetKind === "new_preview" || targetKind === "new_database") {
    const image = await fetching.image();
    const copied = await engine.images.copyImage({ image, target: written, restoreId }, run);
    return completeCopy(ctx, restoreId, { ...copied, timings: { ...copied.timings, ...fetching.timings } });
  }
  const fetch = async () => {
    const image = await fetching.image();
    // Not before: fetching may take long, and needs nobody to wait.
    if (written.origin === "hosted") await setDatabaseState(agentId, written.id, { state: "restoring" });
    return image;
  };
  const source = { bookmark: toBookmark as Bookmark, timeMs: toTimeMs, fetch };
  const restored = await accompanied({ db: written, order, hooks, attempt }, run, (around) =>
    engine.images.takeOverImage(written, restoreId, source, run, around),
  );
  const timings = { ...restored.timings, ...fetching.timings };
  return completeInPlace(ctx, restoreId, { ...restored, timings }, run);
}

/** The plan was checked before anything was fetched: people are not told of it twice. */
function withoutPlan(run: Run): Run {
  const progress: Run["progress"] = (stage, done, total) =>
    stage === "plan" ? undefined : run.progress(stage, done, total);
  return { ...run, progress };
}
