import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import { reachPoint } from "../../storage/reach-point.ts";
import { findHooks, type HookMoment, type HookPaths } from "./find-hooks.ts";
import { runHook } from "./run-hook.ts";

export type HookedRestore = {
  restoreId: string;
  /** The moment that is restored, Unix milliseconds. */
  toTimeMs: number;
  /** How long writes are held around it, seconds; null: not at all. */
  fenceSeconds: number | null;
  /** Above 1 when an agent that died had begun it: nobody knows what it had run. */
  attempt: number;
};

/**
 * The operator's programs around one restore. Once the one before was begun, the one after runs as well, whatever
 * became of the restore: what was stopped is to be started again. After a crash of the agent either may run a second time.
 */
export class RestoreHooks {
  readonly #paths: HookPaths;
  readonly #db: ProtectedDatabase;
  readonly #restore: HookedRestore;
  readonly #run: Run;
  #begun: boolean;
  #ended = false;

  /** Throws `restore_failed` where what lies in the folder must not be run. */
  constructor(folder: string | null, db: ProtectedDatabase, restore: HookedRestore, run: Run) {
    this.#paths = findOrRefuse(folder, db);
    this.#db = db;
    this.#restore = restore;
    this.#run = run;
    this.#begun = restore.attempt > 1;
  }

  /** Throws, and so ends the restore before anything happened, when the program fails or the restore is cancelled. */
  async before(): Promise<void> {
    this.#run.progress("hook-before", 0, 1);
    this.#begun = true;
    reachPoint("hook.before-begun");
    await this.#start("before", { signal: this.#run.signal });
  }

  /** Never throws: a failure is told, and changes nothing. */
  async after(outcome: "completed" | "failed" | "cancelled"): Promise<void> {
    if (!this.#begun || this.#ended) return;
    this.#ended = true;
    reachPoint("hook.after-begun");
    if (outcome === "completed") this.#run.progress("hook-after", 0, 1);
    try {
      await this.#start("after", { outcome });
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#run.note?.(`Failed: the hook after the restore. ${cause} The restore is not affected.`);
    }
  }

  async #start(moment: HookMoment, more: { signal?: AbortSignal; outcome?: string }): Promise<void> {
    const file = this.#paths[moment];
    const { restoreId, toTimeMs, fenceSeconds } = this.#restore;
    const { id, name, path } = this.#db;
    if (file === null) return;
    this.#run.note?.(`Running ${file}`);
    await runHook({
      file,
      facts: {
        LASTGOOD_STAGE: `${moment}-restore`,
        LASTGOOD_DATABASE_ID: id,
        LASTGOOD_DATABASE_NAME: name,
        LASTGOOD_DATABASE_PATH: path,
        LASTGOOD_RESTORE_ID: restoreId,
        LASTGOOD_MOMENT: new Date(toTimeMs).toISOString(),
        LASTGOOD_FENCE_SECONDS: String(fenceSeconds ?? 0),
        ...(more.outcome !== undefined && { LASTGOOD_OUTCOME: more.outcome }),
      },
      ...(more.signal && { signal: more.signal }),
      note: (text) => this.#run.note?.(text),
    });
  }
}

function findOrRefuse(folder: string | null, db: ProtectedDatabase): HookPaths {
  try {
    return findHooks(folder, db);
  } catch (error) {
    throw new LastgoodError(
      "restore_failed",
      `The operator's hooks were not run: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "Nothing was changed. Correct the file on the machine of the agent, or restore without hooks." },
      { cause: error },
    );
  }
}
