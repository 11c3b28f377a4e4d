import { HistoryWriter, type SealAt } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { createBase } from "../../../lib/engines/sqlite/reader/base-image.ts";
import { MirrorDamaged } from "../../../lib/engines/sqlite/reader/capture-problem.ts";
import { healHistory } from "../../../lib/engines/sqlite/reader/heal-history.ts";
import { LiveFiles } from "../../../lib/engines/sqlite/reader/live-files.ts";
import { LiveImage } from "../../../lib/engines/sqlite/reader/live-image.ts";
import { LogScanner } from "../../../lib/engines/sqlite/reader/log-scanner.ts";
import { closeCapture, type OpenCapture, openCapture } from "../../../lib/engines/sqlite/reader/open-capture.ts";
import type { RecordedLog } from "./recorded-log.ts";

const SEAL_AT: SealAt = { bytes: 1e9, commits: 8 };
const scanner = new LogScanner();

/** What was told to be durable: the commit's number in the history, and which commit of the log it is. */
export type Told = Map<number, number>;

/** The reader's own steps on one database, one after the other and in this process, over a log that is shown commit by commit. */
export class SteppedCapture {
  readonly told: Told;
  readonly #log: RecordedLog;
  readonly #directory: string;
  readonly #files: LiveFiles;
  #open: OpenCapture | null = null;

  constructor(log: RecordedLog, directory: string, told: Told = new Map()) {
    this.#log = log;
    this.#directory = directory;
    this.#files = new LiveFiles(log.file);
    this.told = told;
  }

  /** Opens the history at this commit of the log, or begins it there. */
  async begin(commit: number): Promise<void> {
    this.#log.show(commit);
    if (!this.#files.look()) throw new Error("the recorded log is missing");
    if (!HistoryWriter.exists(this.#directory)) {
      const image = await LiveImage.open(this.#files, scanner);
      try {
        await createBase(
          this.#directory,
          image,
          async () => true,
          () => undefined,
        );
      } finally {
        image.close();
      }
      this.told.set(1, commit);
    }
    this.#open = await this.#openHistory();
    const judged = this.#open.follower.judge(false);
    if (judged !== "accepted") throw new Error(`the log does not go on where the history ends: ${judged}`);
  }

  /** Captures up to this commit of the log, each as a flush of its own. */
  async follow(from: number, to: number): Promise<void> {
    for (let commit = from; commit <= to; commit++) {
      this.#log.show(commit);
      await this.#catchUp(commit);
      await this.#sealed();
    }
  }

  /** The same in one batch. */
  async jump(to: number): Promise<void> {
    this.#log.show(to);
    await this.#catchUp(to);
  }

  /**
   * Compares the whole database as of this commit of the log. `stepwise`: what the log holds until then is captured commit by
   * commit first; otherwise all of it becomes one step, marked as a gap.
   */
  async compare(commit: number, stepwise: boolean): Promise<void> {
    this.#log.show(commit);
    const { writer, mirror, follower } = this.#required();
    const image = await LiveImage.open(this.#files, scanner);
    try {
      if (stepwise) await follower.catchUpTo(image.position);
      await healHistory(writer, mirror, image, async () => true);
      follower.moveTo(image.position);
      await follower.flush();
    } finally {
      image.close();
    }
    this.told.set(writer.newest.txid, commit);
  }

  async annotate(): Promise<void> {
    const { writer, follower } = this.#required();
    writer.addNote({ label: "a note" });
    await follower.flush();
    await follower.recordWatermark();
    await follower.openWindow("keeper");
  }

  async leaveWell(): Promise<void> {
    await this.#required().follower.writeMirrorChecksums();
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    try {
      this.#files.close();
    } finally {
      if (open) await closeCapture(open);
    }
  }

  async #openHistory(): Promise<OpenCapture> {
    try {
      return await openCapture(this.#directory, this.#files, scanner, false, SEAL_AT);
    } catch (error) {
      if (!(error instanceof MirrorDamaged)) throw error;
      return openCapture(this.#directory, this.#files, scanner, true, SEAL_AT);
    }
  }

  async #catchUp(commit: number): Promise<void> {
    const { follower, writer } = this.#required();
    const caughtUp = await follower.catchUp(false);
    if (caughtUp !== "all") throw new Error("the log is between two states");
    this.told.set(writer.newest.txid, commit);
  }

  /** Waits for a seal under way, so that every run has its calls in the same order. */
  async #sealed(): Promise<void> {
    await this.#required().writer.sealed();
  }

  #required(): OpenCapture {
    if (!this.#open) throw new Error("the capture has not begun");
    return this.#open;
  }
}
