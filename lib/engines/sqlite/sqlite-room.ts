import { parseBookmark } from "../../domain/bookmark.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../../storage/disk.ts";
import type { Engine, ProtectedDatabase, Run } from "../engine.ts";
import type { CapturePause, EngineRoom, ErasureOrder, ErasureStart } from "../engine-room.ts";
import { runChild } from "../processes/run-child.ts";
import type { CaptureClient } from "./capture-client.ts";
import type { EngineContext } from "./engine-context.ts";
import type { HistoryMarks } from "./marks/history-marks.ts";
import { markFile } from "./marks/mark-file.ts";
import type { EraseQuestion } from "./prune/erase-child.ts";
import type { RegisteredDatabases } from "./registered-databases.ts";
import { stoppedStatus } from "./stopped-status.ts";

/** What else of the engine is concerned where a history gets smaller. */
export type RoomOthers = {
  /** Whether something long reads the history. */
  isRead(databaseId: string): boolean;
  /** Ends what has older states of it open or in memory. */
  letGo(databaseId: string): Promise<void>;
  resolve: Engine["resolve"];
};

/** What the SQLite engine can let go of for want of room. */
export class SqliteRoom implements EngineRoom {
  readonly #registered: RegisteredDatabases;
  readonly #marks: HistoryMarks;
  readonly #context: EngineContext;
  readonly #others: RoomOthers;
  #pause: CapturePause | null = null;

  constructor(context: EngineContext, registered: RegisteredDatabases, marks: HistoryMarks, others: RoomOthers) {
    this.#context = context;
    this.#registered = registered;
    this.#marks = marks;
    this.#others = others;
  }

  pauseCapture(why: CapturePause | null): void {
    // Nothing is acknowledged from here on, also where the pause is written by half; and again only once all are captured.
    if (why) this.#pause = why;
    this.#registered.pause(why !== null);
    this.#pause = why;
  }

  /** How a database stands while nothing is captured; null while everything is. */
  pausedStatus(databaseId: string): CaptureStatus | null {
    return this.#pause && { ...stoppedStatus(databaseId, null), problem: this.#pause };
  }

  /** Throws `storage_full` while nothing is captured: what is acknowledged would not be in the history. */
  requireReady(capture: Pick<CaptureClient, "requireReader">): ReturnType<CaptureClient["requireReader"]> {
    if (this.#pause) throw new LastgoodError("storage_full", this.#pause.cause, { hint: this.#pause.remedy });
    return capture.requireReader();
  }

  async clearCaches(databases: readonly ProtectedDatabase[]): Promise<void> {
    for (const { id } of databases) {
      await this.#marks.drop(id);
      disk.rmSync(markFile(this.#context.paths.temporary, id), { force: true });
    }
  }

  async planErasure(db: ProtectedDatabase, beforeMs: number): Promise<ErasureStart> {
    const { bookmark, timeMs } = await this.#others.resolve(db, { timestampMs: beforeMs });
    return { begins: { bookmark, timeMs }, more: null };
  }

  /** A history of a file can begin with any commit. */
  prepareErasure(db: ProtectedDatabase, beforeMs: number): Promise<ErasureStart> {
    return this.planErasure(db, beforeMs);
  }

  async erase(db: ProtectedDatabase, { begins }: ErasureOrder, run: Run): Promise<{ removedBytes: number }> {
    const { capture, historyDirectory, historyOf } = this.#context;
    if (this.#others.isRead(db.id)) {
      throw new LastgoodError("restore_conflict", "Something reads this history at the moment.", {
        hint: "It is tried again by itself.",
        retryAfterSeconds: 60,
      });
    }
    await capture.seal(db.id);
    const parts = parseBookmark(begins);
    if (parts?.historyTag !== historyOf(db).historyTag) {
      throw new LastgoodError("foreign_bookmark", "The history was begun anew since.", {
        hint: "What was before is not in it any more.",
      });
    }
    await this.clearCaches([db]);
    await this.#others.letGo(db.id);
    // Pruning may have gone further meanwhile, but it leaves the step that leads to its oldest moment.
    const txid = Math.max(parts.txid, historyOf(db).baseTxid());
    const input: EraseQuestion = { historyDirectory: historyDirectory(db), txid };
    const removedBytes = await runChild<number>({
      script: new URL("./prune/erase-child.ts", import.meta.url),
      input,
      signal: run.signal,
      report: (done, total) => run.progress("erase", done, total),
    });
    // Whoever asked meanwhile has the former segment open, under the same name.
    await this.#others.letGo(db.id);
    return { removedBytes };
  }

  /** Files are restored in place without anything being set aside. */
  async dropSetAside(): Promise<void> {}
}
