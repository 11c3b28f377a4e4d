import { randomInt } from "node:crypto";
import { statfs } from "node:fs/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import type { StageClock } from "../../stage-clock.ts";
import type { BackupQuestion } from "./backup-child.ts";
import type { GiveTurnQuestion } from "./give-turn-child.ts";
import type { Materialised, MaterialiseQuestion } from "./materialise-child.ts";
import type { RestoreContext } from "./restore-context.ts";
import type { RestoreFiles } from "./restore-files.ts";
import type { RestoreGoal } from "./restore-goal.ts";

const BUSY_TIMEOUT_MS = 60_000;

/** The whole database at the target is written to a file and verified, then copied over the live one by SQLite. */
export class BackupWay {
  readonly #context: RestoreContext;
  readonly #files: RestoreFiles;
  readonly #goal: RestoreGoal;

  constructor(context: RestoreContext, files: RestoreFiles, goal: RestoreGoal) {
    this.#context = context;
    this.#files = files;
    this.#goal = goal;
  }

  async prepare(run: Run, clock: StageClock): Promise<Materialised> {
    const { history } = this.#context;
    const { imageFile, sizePages: pages, pageSize } = this.#goal;
    if (imageFile !== null) return { pages, pageSize };
    await this.#requireRoom();
    const input: MaterialiseQuestion = {
      historyDirectory: this.#goal.otherDirectory ?? history.directory,
      txid: this.#goal.txid,
      file: this.#files.imagePath,
    };
    return runChild<Materialised>({
      script: new URL("./materialise-child.ts", import.meta.url),
      input,
      signal: run.signal,
      report: (done, total) => clock.report(done, total),
    });
  }

  /** Takes the turn away from every earlier attempt, waiting for one that still copies. */
  static async takeTurn(files: RestoreFiles, turn: number): Promise<void> {
    const input: GiveTurnQuestion = { file: files.turnPath, turn };
    await runChild({ script: new URL("./give-turn-child.ts", import.meta.url), input });
  }

  /** From here on it ends by itself: nothing stops the copying halfway but its own failure, which rolls it back. */
  async apply(image: Materialised): Promise<void> {
    const turn = randomInt(1, 2 ** 31 - 1);
    await BackupWay.takeTurn(this.#files, turn);
    const input: BackupQuestion = {
      turn,
      turnFile: this.#files.turnPath,
      imagePath: this.#goal.imageFile ?? this.#files.imagePath,
      livePath: this.#context.db.path,
      ...image,
      timeoutMs: BUSY_TIMEOUT_MS,
    };
    await runChild({ script: new URL("./backup-child.ts", import.meta.url), input });
  }

  async #requireRoom(): Promise<void> {
    const neededBytes = this.#goal.sizePages * this.#goal.pageSize * 1.1;
    const { bavail, bsize } = await statfs(this.#files.directory);
    if (bavail * bsize >= neededBytes) return;
    throw new LastgoodError("storage_full", "There is too little disk to write the state out before it is restored.", {
      hint: `Free ${Math.ceil(neededBytes / 1024 / 1024)} MiB in the data directory and restore again.`,
    });
  }
}
