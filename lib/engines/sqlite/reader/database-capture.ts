import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { CaptureState, CaptureStatus } from "../../../domain/capture.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { Flushed, HistoryNote } from "../capture-protocol.ts";
import { HistoryWriter, type SealAt } from "../history/history-writer.ts";
import type { RegisteredDatabase } from "../registry.ts";
import { createBase } from "./base-image.ts";
import { CaptureDoubts } from "./capture-doubts.ts";
import {
  describeProblem,
  isDiskFailure,
  LogUnavailable,
  mayPass,
  NO_LOG,
  notCaptured,
  type Problem,
} from "./capture-problem.ts";
import type { CaughtUp, CommitFollower } from "./commit-follower.ts";
import { DirectorySize, fileSize } from "./directory-size.ts";
import { healHistory } from "./heal-history.ts";
import type { Hold, KeeperLink } from "./keeper-link.ts";
import { KeeperWords, type Word } from "./keeper-words.ts";
import { LiveFiles } from "./live-files.ts";
import type { LiveImage } from "./live-image.ts";
import type { LogScanner } from "./log-scanner.ts";
import { closeCapture, type OpenCapture, openCapture, refuseOtherPageSize, restCapture } from "./open-capture.ts";
import { type Pace, RecentChange } from "./recent-change.ts";
import { RetrySchedule } from "./retry-schedule.ts";
import { withStillImage } from "./still-image.ts";
import { Turns } from "./turns.ts";

/** How long a flush or a keeper's question goes on trying while the log is between two states. */
const FLUSH_WITHIN_MS = 5000;
const COPIED_WITHIN_MS = 250;
const RETRY_MS = 2;
const START_AGAIN_MS = 200;
/** A log that cannot be read for so long is not being replaced: nobody keeps it. */
const NO_LOG_TOLERATED_MS = 5000;

/**
 * The capture of one database, from its first image on.
 *
 *   starting ── history? ── no ──► base ──► protected
 *      ▲           └─ yes ─► continue or heal ──► protected
 *      ├── mirror damaged, gap ◄──────────────────────┘      any of them ──► stopped
 *      └── after a while, unless only a person can mend it ◄─────────────────────┘
 *
 * Everything that touches log or history runs in `turns`, one after the other.
 */
export class DatabaseCapture {
  readonly database: RegisteredDatabase;
  private readonly link: KeeperLink;
  private readonly scanner: LogScanner;
  private readonly log: Logger;
  private readonly sealAt: SealAt | undefined;
  private readonly files: LiveFiles;
  private readonly historySize: DirectorySize;
  private readonly words = new KeeperWords();
  private state: CaptureState = "starting";
  private problem: Problem | null = null;
  private progress: { done: number; total: number } | null = null;
  private open: OpenCapture | null = null;
  private last: CaptureStatus["last"] = null;
  private readonly doubts = new CaptureDoubts();
  private readonly turns = new Turns();
  private readonly retry = new RetrySchedule();
  private isBusy = false;
  private readonly recent = new RecentChange();
  private lastStartMs = Number.NEGATIVE_INFINITY;
  private noLogSinceMs: number | null = null;
  private ended = false;

  constructor(database: RegisteredDatabase, link: KeeperLink, scanner: LogScanner, log: Logger, sealAt?: SealAt) {
    this.database = database;
    this.link = link;
    this.scanner = scanner;
    this.log = log.child({ database: database.id });
    this.sealAt = sealAt;
    this.files = new LiveFiles(database.path, database.origin === "attached");
    this.historySize = new DirectorySize(database.historyDirectory);
  }

  /** Looks whether there is anything to do, and begins it; cheap when there is not. */
  poll(): Pace {
    if (this.isBusy || this.ended) return this.isBusy ? "active" : "idle";
    const now = performance.now();
    if (this.state === "stopped") {
      if (!this.retry.isDue()) return "soon";
      this.state = "starting";
    }
    if (this.state !== "protected") {
      if (now - this.lastStartMs < START_AGAIN_MS) return "soon";
      this.lastStartMs = now;
    } else if (!this.hasNews()) {
      if (this.open && this.recent.mayRest()) void restCapture(this.turns, () => this.open);
      return this.noLogSinceMs === null ? this.recent.pace : "soon";
    }
    this.isBusy = true;
    const before = this.open?.follower.position.frame;
    void this.turns
      .take(() => this.guarded(() => this.advance()))
      .finally(() => {
        this.isBusy = false;
        // Under load there is more already; whoever asked meanwhile has had its turn in between.
        if (this.open && this.open.follower.position.frame !== before) setImmediate(() => this.poll());
      });
    return "active";
  }

  /** Makes everything published in the log by now durable. Rejects with `not_protected` while nothing is captured. */
  async flush(withWatermark: boolean): Promise<Flushed> {
    await this.started();
    return this.whenCaughtUp(FLUSH_WITHIN_MS, async ({ writer, follower }) => {
      if (withWatermark) await follower.recordWatermark();
      const { txid, timeMs } = writer.newest;
      const bookmark = writer.bookmarkOf(writer.newest);
      return { txid, bookmark, timeMs, watermarkMs: Math.max(writer.watermarkMs, timeMs - 1) };
    });
  }

  /** Writes a note behind the newest commit; durable when it answers. */
  annotate(note: HistoryNote): Promise<{ txid: number }> {
    return this.inTurn(async ({ writer, follower }) => {
      writer.addNote(note);
      await follower.flush();
      reachPoint("capture.note-recorded");
      return { txid: writer.newest.txid };
    });
  }

  /** Does something with what is open, in a turn of its own; what goes wrong decides the next state. */
  async inTurn<T>(work: (open: OpenCapture) => Promise<T>): Promise<T> {
    await this.started();
    return this.turns.take(async () => {
      const open = this.requireProtected();
      return this.settle(() => work(open));
    });
  }

  /** A keeper wants to restart the log (A3, A5): everything in it becomes durable, and the window too, before it hears so. */
  async copied(keeper: string): Promise<number> {
    this.requireProtected();
    return this.whenCaughtUp(COPIED_WITHIN_MS, async ({ follower }) => {
      await follower.openWindow(keeper);
      return follower.position.frame;
    });
  }

  /** A keeper is about to ask so under the write lock: what can be done before that is done now. */
  async near(): Promise<number> {
    const caughtUp = this.whenCaughtUp(FLUSH_WITHIN_MS, async ({ follower }) => follower.position.frame);
    return (await Promise.all([caughtUp, this.files.sync()]))[0];
  }

  /** A keeper's word on the window that was recorded last. */
  pinned(word: Word): void {
    this.words.add(word);
    const apply = async () => {
      if (this.open) await this.words.apply(this.open.follower);
      reachPoint("window.word-heard");
    };
    void this.turns
      .take(() => this.guarded(apply))
      .finally(() => {
        this.lastStartMs = Number.NEGATIVE_INFINITY;
        this.poll();
      });
  }

  readonly keeperLost = (): void => this.words.clear();

  status(): CaptureStatus {
    // An idle database is looked at seldom: that all up to now is captured is found out when somebody asks.
    if (this.state === "protected") this.poll();
    return {
      databaseId: this.database.id,
      state: this.state,
      progress: this.state === "base" ? this.progress : null,
      problem: this.problem ?? this.open?.damage ?? null,
      last: this.last,
      capturedThroughMs: this.last && Math.max(this.last.timeMs, this.open?.follower.caughtUpMs ?? 0),
      spare: false,
      databaseBytes: fileSize(this.database.path),
      historyBytes: this.historySize.get(),
    };
  }

  /** Captures what is in the log by now, leaves a verified mirror behind and lets go of all files. */
  async close(): Promise<void> {
    this.ended = true;
    await this.turns.take(async () => {
      await this.guarded(async () => {
        if (this.state !== "protected") return;
        await this.advance();
        await this.open?.follower.writeMirrorChecksums();
      });
      await this.letGo();
    });
  }

  /** Runs a step that nobody waits for: what goes wrong decides the next state. */
  private async guarded(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      await this.fail(error);
    }
  }

  private hasNews(): boolean {
    try {
      const hasNews = this.open?.follower.hasNews() ?? true;
      this.noLogSinceMs = null;
      return hasNews;
    } catch (error) {
      // Whatever else it is, `advance` meets it again and deals with it.
      if (!(error instanceof LogUnavailable)) return true;
      this.noLogSinceMs ??= performance.now();
      return performance.now() - this.noLogSinceMs > NO_LOG_TOLERATED_MS;
    }
  }

  /** One step of the state machine. */
  private async advance(): Promise<void> {
    if (this.noLogSinceMs !== null && performance.now() - this.noLogSinceMs > NO_LOG_TOLERATED_MS) await this.loseLog();
    if (this.state === "starting") await this.start();
    if (this.open && this.state === "protected") await this.follow(this.open.follower);
  }

  private async follow(follower: CommitFollower): Promise<CaughtUp> {
    await this.words.apply(follower);
    const before = follower.position.frame;
    const result = await follower.catchUp(this.link.mayVouch);
    this.noteLast();
    if (follower.position.frame !== before) this.recent.changed();
    return result;
  }

  /** What status tells of the newest commit; called whenever all that was gathered is durable. */
  private noteLast(): void {
    if (!this.open) return;
    const { newest } = this.open.writer;
    if (this.last?.txid === newest.txid) return;
    this.last = { bookmark: this.open.writer.bookmarkOf(newest), timeMs: newest.timeMs, txid: newest.txid };
  }

  private async start(): Promise<void> {
    if (!this.files.look()) throw new LogUnavailable("nobody has the database open");
    if (!HistoryWriter.exists(this.database.historyDirectory)) {
      if (!(await this.makeBase())) return;
    }
    if (!this.open) {
      const { database, files, scanner, doubts, sealAt } = this;
      const trustNothing = doubts.mirror || doubts.disk;
      this.open = await openCapture(database.historyDirectory, files, scanner, trustNothing, sealAt);
      doubts.mirror = false;
      this.noteLast();
    }
    const { follower } = this.open;
    await this.words.apply(follower);
    const judged = this.doubts.log ? "gap" : follower.judge(this.link.mayVouch);
    if (judged === "wait") return;
    if (judged === "gap") this.log.warn(follower.standing(), "the log does not go on where the history ends");
    if (judged === "gap" || this.doubts.disk) {
      if (!(await this.heal(this.open, judged === "accepted"))) return;
    }
    this.state = "protected";
    this.problem = null;
    this.retry.begun();
    this.noLogSinceMs = null;
    this.log.info({ txid: this.last?.txid }, "every commit is captured");
  }

  /** False when a pin moved while the image was copied. */
  private async makeBase(): Promise<boolean> {
    const { historyDirectory } = this.database;
    const isMade = await this.standingStill(async (hold, image) => {
      const { pageSize } = image;
      const total = image.sizePages * pageSize;
      this.state = "base";
      this.progress = { done: 0, total };
      const isStill = () => hold.isStill();
      return createBase(historyDirectory, image, isStill, (pages) => {
        if (this.ended) throw new LogUnavailable("the reader ends");
        this.progress = { done: pages * pageSize, total };
      });
    });
    if (isMade) this.doubts.clear();
    this.state = "starting";
    return isMade;
  }

  /** False when a pin moved while the database was compared. `goesOn`: the log still leads to it, commit by commit. */
  private async heal({ writer, mirror, follower }: OpenCapture, goesOn: boolean): Promise<boolean> {
    const result = await this.standingStill(async (hold, image) => {
      refuseOtherPageSize(writer, image.pageSize);
      if (goesOn) await follower.catchUpTo(image.position);
      const healed = await healHistory(writer, mirror, image, () => hold.isStill());
      if (healed !== "unsteady") follower.moveTo(image.position);
      return healed;
    });
    if (result === "unsteady") {
      await this.letGo();
      return false;
    }
    this.doubts.clear();
    this.noteLast();
    this.log.warn({ result, txid: writer.newest.txid }, "the history was compared with the database");
    return true;
  }

  private standingStill<T>(run: (hold: Hold, image: LiveImage) => Promise<T>): Promise<T> {
    return withStillImage(this.link, this.database.id, this.files, this.scanner, run);
  }

  /** Waits a moment for a capture that is just starting, as after a restart of the reader. */
  private async started(): Promise<void> {
    const deadline = performance.now() + FLUSH_WITHIN_MS;
    while (this.state === "starting" && performance.now() < deadline) await sleep(10);
    this.requireProtected();
  }

  private requireProtected(): OpenCapture {
    if (this.state === "protected" && this.open) return this.open;
    const reason = this.state === "base" ? "its first full image is being made." : "capture is starting.";
    throw notCaptured(this.problem, reason);
  }

  /**
   * Runs `then` in the very turn in which everything published in the log was found durable. Between the tries others have
   * their turn: it may be their word that the log waits for.
   */
  private async whenCaughtUp<T>(withinMs: number, then: (open: OpenCapture) => Promise<T>): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const done = await this.turns.take(async () => {
        const open = this.requireProtected();
        if ((await this.settle(() => this.follow(open.follower))) !== "all") return null;
        return { result: await this.settle(() => then(open)) };
      });
      if (done) return done.result;
      if (performance.now() > deadline) break;
      await sleep(RETRY_MS);
    }
    this.log.warn(this.open?.follower.standing() ?? {}, "the log cannot be followed");
    throw notCaptured(null, "its log is between two states.");
  }

  /** Runs a step that somebody waits for; its failure decides the state first and then reaches the one who asked. */
  private async settle<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      await this.fail(error);
      this.requireProtected();
      throw error;
    }
  }

  private async fail(error: unknown): Promise<void> {
    if (error instanceof LogUnavailable) {
      this.log.debug({ reason: error.message }, "not now");
      if (this.state === "base") this.state = "starting";
      return;
    }
    if (this.doubts.note(error)) {
      this.log.warn({ err: error }, "capture has to compare or rebuild");
      this.state = "starting";
      await this.letGo();
      return;
    }
    const triesAgain = this.retry.stopped(mayPass(error), isDiskFailure(error));
    this.problem = describeProblem(error, this.database.historyDirectory, triesAgain);
    this.state = "stopped";
    this.log.error({ err: error, problem: this.problem }, "capture stopped");
    await this.letGo();
  }

  private async loseLog(): Promise<void> {
    this.state = "starting";
    this.problem = NO_LOG;
    await this.letGo();
  }

  /** Closes everything, waiting for a seal under way; the durable is read again at the next start, the gathered dropped. */
  private async letGo(): Promise<void> {
    const { open } = this;
    this.open = null;
    for (const close of [() => this.files.close(), () => open && closeCapture(open)]) {
      try {
        await close();
      } catch (error) {
        this.log.error({ err: error }, "a file was not closed cleanly");
      }
    }
  }
}
