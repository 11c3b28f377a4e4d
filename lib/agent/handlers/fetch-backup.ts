import { LastgoodError } from "../../domain/errors.ts";
import type { RestoreStage } from "../../domain/restore-stages.ts";
import type { Engine, Run, StoredImage } from "../../engines/engine.ts";
import { readStoredBackup } from "../../services/backups/read-stored-backup.ts";
import { noteVerified } from "../../services/backups/verify-backup.ts";
import type { FetchedBackup, FetchedBackups } from "../fetched-backups.ts";
import { imageFactsOf } from "../plan-backup.ts";

type Means = { engine: Engine; fetched: FetchedBackups };

/** The fetching of the backup that one restore reads, with its stages; begun when the backup is needed. */
export class BackupFetch {
  /** Milliseconds spent per stage; nothing while nothing was fetched. */
  readonly timings: Partial<Record<RestoreStage, number>> = {};
  readonly #order: { restoreId: string; backupId: string };
  readonly #means: Means;
  readonly #run: Run;

  constructor(order: { restoreId: string; backupId: string }, means: Means, run: Run) {
    this.#order = order;
    this.#means = means;
    this.#run = run;
  }

  /** The backup in a file, each byte of it checked. Throws as `FetchedBackups.fetch` does. */
  file(): Promise<FetchedBackup> {
    return this.#noted(() => this.#fetch());
  }

  /** The same of a physical one, which was found to be a whole image. */
  image(): Promise<StoredImage> {
    return this.#noted(async () => {
      const { file, manifest } = await this.#fetch();
      const facts = imageFactsOf(manifest);
      const found = await this.#means.engine.images.check(manifest.format, file);
      if (found.pageSizeBytes !== facts.pageSizeBytes || found.pageCount !== facts.pageCount) throw anotherImage();
      return { ...facts, file };
    });
  }

  async #fetch(): Promise<FetchedBackup> {
    const { restoreId, backupId } = this.#order;
    const backup = await readStoredBackup(backupId);
    const timed = timing(this.#run, this.timings);
    const fetched = await this.#means.fetched.fetch(restoreId, backup, timed.run);
    timed.end();
    return fetched;
  }

  /** Whoever looks for a backup to restore is not offered a damaged one again. */
  async #noted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "storage_damaged")
        await noteVerified(this.#order.backupId, error);
      throw error;
    }
  }
}

/** How long each stage took, as the run tells of them. */
function timing(run: Run, timings: Partial<Record<RestoreStage, number>>): { run: Run; end(): void } {
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
  return { run: { ...run, progress }, end: () => enter(last) };
}

function anotherImage(): LastgoodError {
  return new LastgoodError("storage_damaged", "The backup's image is not what its manifest says.", {
    hint: "Nothing was changed. Restore another backup.",
    outcome: "nothing",
  });
}
