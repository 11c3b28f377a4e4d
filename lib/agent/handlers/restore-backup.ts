import { unreachable } from "../../domain/assert.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestoreStage } from "../../domain/restore-stages.ts";
import type { ProtectedDatabase, Run, StoredImage } from "../../engines/engine.ts";
import { readStoredBackup } from "../../services/backups/read-stored-backup.ts";
import { noteVerified } from "../../services/backups/verify-backup.ts";
import type { CallContext } from "../../services/call-context.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import { completeCopy } from "../../services/restores/complete-copy.ts";
import { completeRestore } from "../../services/restores/complete-restore.ts";
import type { RestoreOrder } from "../../services/restores/start-restore.ts";
import { isLeftForLater } from "../job-loop.ts";
import { imageFactsOf } from "../plan-backup.ts";
import { restoreDocument } from "./restore-document.ts";
import { accompanied, type RestoreMeans } from "./run-restore.ts";

/**
 * Carries out a restore whose state comes from a backup: fetches it, checks every byte of it, and only then has it restored. What
 * was fetched stays until the restore has ended, so that a repeat after a crash settles by it what the first try had begun.
 */
export async function restoreBackup(
  ctx: CallContext,
  order: RestoreOrder & { backupId: string },
  between: { source: ProtectedDatabase; written: ProtectedDatabase },
  means: RestoreMeans,
  run: Run,
): Promise<void> {
  const { fetched } = means;
  const { restoreId } = order;
  try {
    const backup = await readStoredBackup(order.backupId);
    const timed = timing(run);
    const { file, manifest } = await fetched.fetch(restoreId, backup, timed.run);
    switch (backup.kind) {
      case "physical": {
        const facts = imageFactsOf(manifest);
        const found = await means.engine.images.check(manifest.format, file);
        if (found.pageSizeBytes !== facts.pageSizeBytes || found.pageCount !== facts.pageCount) throw anotherImage();
        const image = { ...facts, file };
        await restoreImage(ctx, order, between.written, { image, timings: timed.end() }, means, withoutPlan(run));
        break;
      }
      case "portable":
        await restoreDocument(ctx, order, between, { file, manifest, timings: timed.end() }, means, withoutPlan(run));
        break;
      default:
        unreachable(backup.kind);
    }
  } catch (error) {
    if (!isLeftForLater(error, run)) await fetched.remove(restoreId);
    // Whoever looks for a backup to restore is not offered this one again.
    if (error instanceof LastgoodError && error.code === "storage_damaged") await noteVerified(order.backupId, error);
    throw error;
  }
  await fetched.remove(restoreId);
}

type Fetched = { image: StoredImage; timings: Partial<Record<RestoreStage, number>> };

async function restoreImage(
  ctx: CallContext,
  order: RestoreOrder,
  written: ProtectedDatabase,
  { image, timings }: Fetched,
  { engine, agentId, hooks, attempt }: RestoreMeans,
  run: Run,
): Promise<void> {
  const { restoreId, targetKind } = order;
  if (targetKind === "new_preview" || targetKind === "new_database") {
    const copied = await engine.images.copyImage({ image, target: written, restoreId }, run);
    return completeCopy(ctx, restoreId, { ...copied, timings: { ...timings, ...copied.timings } });
  }
  // Not before: fetching may take long, and needs nobody to wait.
  if (written.origin === "hosted") await setDatabaseState(agentId, written.id, { state: "restoring" });
  const restored = await accompanied({ db: written, order, hooks, attempt }, run, (around) =>
    engine.images.takeOverImage(written, restoreId, image, run, around),
  );
  return completeRestore(ctx, restoreId, { ...restored, timings: { ...timings, ...restored.timings } });
}

/** The plan was checked before anything was fetched: people are not told of it twice. */
function withoutPlan(run: Run): Run {
  const progress: Run["progress"] = (stage, done, total) =>
    stage === "plan" ? undefined : run.progress(stage, done, total);
  return { ...run, progress };
}

/** How long each stage took, as the run tells of them. */
function timing(run: Run): { run: Run; end(): Partial<Record<RestoreStage, number>> } {
  const timings: Partial<Record<RestoreStage, number>> = {};
  let [last, sinceMs] = ["plan" as RestoreStage, performance.now()];
  const enter = (stage: RestoreStage) => {
    const nowMs = performance.now();
    timings[last] = Math.round((timings[last] ?? 0) + nowMs - sinceMs);
    [last, sinceMs] = [stage, nowMs];
  };
  run.progress("plan", 0, 1);
  const progress = (stage: string, done: number, total: number) => {
    if (stage !== last) enter(stage as RestoreStage);
    run.progress(stage, done, Math.max(1, total));
  };
  return {
    run: { ...run, progress },
    end: () => {
      enter(last);
      return timings;
    },
  };
}

function anotherImage(): LastgoodError {
  return new LastgoodError("storage_damaged", "The backup's image is not what its manifest says.", {
    hint: "Nothing was changed. Restore another backup.",
    outcome: "nothing",
  });
}
