import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import { beginPreRestore, failPreRestore, keepPreRestore } from "../../services/backups/pre-restore.ts";
import type { CallContext } from "../../services/call-context.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import { completeCopy } from "../../services/restores/complete-copy.ts";
import { addNotes } from "../../services/restores/restore-notes.ts";
import type { RestoreOrder } from "../../services/restores/start-restore.ts";
import { reachPoint } from "../../storage/reach-point.ts";
import { isLeftForLater } from "../job-loop.ts";
import type { BackupFetch } from "./fetch-backup.ts";
import { runBackup } from "./run-backup.ts";
import { accompanied, completeInPlace, type RestoreMeans } from "./run-restore.ts";

/**
 * Puts a document's tables in place of those of a live database, after a backup of what is there; or into a new one that begins
 * as the newest state of the database that the document is of.
 */
export async function restoreDocument(
  ctx: CallContext,
  order: RestoreOrder,
  { source, written }: { source: ProtectedDatabase; written: ProtectedDatabase },
  fetching: BackupFetch,
  means: RestoreMeans,
  run: Run,
): Promise<void> {
  const { engine, agentId, hooks, attempt } = means;
  const { restoreId, targetKind } = order;
  if (targetKind === "new_preview" || targetKind === "new_database") {
    const { file, manifest } = await fetching.file();
    const newest = (await engine.current(source)).bookmark;
    const base = ((await addNotes(restoreId, { base: newest })).base ?? newest) as Bookmark;
    const copied = await engine.copies.copy({ source, to: base, target: written, restoreId }, run);
    reachPoint("restore.document-base-there");
    await engine.documents.restore(
      { ...written, restoreWay: copied.restoreWay },
      restoreId,
      async () => file,
      quiet(run),
    );
    const reached = { bookmark: manifest.bookmark as Bookmark, timeMs: manifest.timeMs };
    return completeCopy(ctx, restoreId, { ...copied, reached, timings: { ...copied.timings, ...fetching.timings } });
  }
  const restored = await accompanied({ db: written, order, hooks, attempt }, run, (around) => {
    const fetch = async () => {
      const { file } = await fetching.file();
      await keepWhatIsThere(ctx, restoreId, means, run);
      if (written.origin === "hosted") await setDatabaseState(agentId, written.id, { state: "restoring" });
      await around.before();
      return file;
    };
    return engine.documents.restore(written, restoreId, fetch, run);
  });
  const timings = { ...restored.timings, ...fetching.timings };
  return completeInPlace(ctx, restoreId, { ...restored, timings }, run);
}

/** The backup of what is about to be replaced: without it nothing is. */
async function keepWhatIsThere(ctx: CallContext, restoreId: string, means: RestoreMeans, run: Run): Promise<void> {
  const { id, key } = await beginPreRestore(restoreId);
  reachPoint("restore.pre-restore-begun");
  // An earlier run may have ended between making and naming it.
  if (key !== null) return keepPreRestore(restoreId, id);
  try {
    const progress = (_: string, done: number, total: number) => run.progress("keep", done, total);
    await runBackup(ctx, id, { ...means, database: means.database }, { ...run, progress });
  } catch (error) {
    if (isLeftForLater(error, run)) throw error;
    const failure =
      error instanceof LastgoodError ? error : new LastgoodError("internal", "The backup before it failed.");
    await failPreRestore(ctx, id, { error: failure, cancelled: failure.code === "cancelled" });
    throw error;
  }
  await keepPreRestore(restoreId, id);
  reachPoint("restore.pre-restore-kept");
}

/** Its stages are not those that a new database goes through. */
const quiet = (run: Run): Run => ({ ...run, progress: () => undefined });
