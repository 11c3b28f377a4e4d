import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../../storage/disk.ts";
import type { ProtectedDatabase } from "../engine.ts";
import type { CapturePause, EngineRoom } from "../engine-room.ts";
import type { CaptureClient } from "./capture-client.ts";
import type { HistoryMarks } from "./marks/history-marks.ts";
import { markFile } from "./marks/mark-file.ts";
import type { RegisteredDatabases } from "./registered-databases.ts";
import { stoppedStatus } from "./stopped-status.ts";

/** What the SQLite engine can let go of for want of room. */
export class SqliteRoom implements EngineRoom {
  readonly #registered: RegisteredDatabases;
  readonly #marks: HistoryMarks;
  readonly #temporary: string;
  #pause: CapturePause | null = null;

  constructor(registered: RegisteredDatabases, marks: HistoryMarks, temporary: string) {
    this.#registered = registered;
    this.#marks = marks;
    this.#temporary = temporary;
  }

  pauseCapture(why: CapturePause | null): void {
    this.#pause = why;
    this.#registered.pause(why !== null);
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
      disk.rmSync(markFile(this.#temporary, id), { force: true });
    }
  }

  /** Files are restored in place without anything being set aside. */
  async dropSetAside(): Promise<void> {}
}
