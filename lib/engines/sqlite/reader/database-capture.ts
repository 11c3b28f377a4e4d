import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import type { CaptureState, CaptureStatus } from "../../../domain/capture.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Flushed, HistoryNote } from "../capture-protocol.ts";
import { HistoryWriter, type Newest } from "../history/history-writer.ts";
import { openHistory } from "../history/open-history.ts";
import type { RegisteredDatabase } from "../registry.ts";
import { createBase } from "./base-image.ts";
import {
  CaptureStopped,
  describeProblem,
  LogGap,
  LogUnavailable,
  MirrorDamaged,
  type Problem,
} from "./capture-problem.ts";
import { type CaughtUp, CommitFollower } from "./commit-follower.ts";
import { healHistory } from "./heal-history.ts";
import type { Hold, KeeperLink, Pinned } from "./keeper-link.ts";
import { LiveFiles } from "./live-files.ts";
import { LiveImage } from "./live-image.ts";
import type { LogScanner } from "./log-scanner.ts";
import type { Mirror } from "./mirror.ts";
import { recoverMirror } from "./recover-mirror.ts";
import { sameLog } from "./restart-rules.ts";

/** How long a flush or a keeper's question goes on trying while the log is between two states. */
const FLUSH_WITHIN_MS = 5000;
const COPIED_WITHIN_MS = 250;
const RETRY_MS = 2;
/** Between two tries to start, when nobody has woken us. */
const START_AGAIN_MS = 200;
/** So long after its last commit a database gives its memory back. */
const REST_AFTER_MS = 5000;

/**
 * The capture of one database, from its first image on.
 *
 *   starting ── history? ── no ──► base ──► protected
 *      ▲           └─ yes ─► continue or heal ──► protected
 *      └── mirror damaged, gap ◄──────────────────────┘      any of them ──► stopped
 *
 * Everything that touches log or history runs in `exclusive`, one after the other.
 */
export class DatabaseCapture {
  readonly database: RegisteredDatabase;
  private readonly link: KeeperLink;
  private readonly scanner: LogScanner;
  private readonly log: Logger;
  private readonly files: LiveFiles;
  private state: CaptureState = "starting";
  private problem: Problem | null = null;
  private progress: { done: number; total: number } | null = null;
  private writer: HistoryWriter | null = null;
  private mirror: Mirror | null = null;
  private follower: CommitFollower | null = null;
  private mustHeal = false;
  /** The last word of the connected keeper, for a history that is not open yet when it comes. */
  private word: Pinned | null = null;
  private mirrorIsDoubtful = false;
  private durable: Newest | null = null;
  private turns: Promise<unknown> = Promise.resolve();
  private isBusy = false;
  private lastChangeMs = 0;
  private lastStartMs = Number.NEGATIVE_INFINITY;
  private size: { atMs: number; bytes: number } | null = null;
  private ended = false;

  constructor(database: RegisteredDatabase, link: KeeperLink, scanner: LogScanner, log: Logger) {
    this.database = database;
    this.link = link;
    this.scanner = scanner;
    this.log = log.child({ database: database.id });
    this.files = new LiveFiles(database.path);
  }

  /** Looks whether there is anything to do, and begins it; cheap when there is not. True while the database is busy. */
  poll(): boolean {
    if (this.isBusy || this.state === "stopped" || this.ended) return this.isBusy;
    const now = performance.now();
    if (this.state !== "protected") {
      if (now - this.lastStartMs < START_AGAIN_MS) return false;
      this.lastStartMs = now;
    } else if (!this.hasNews()) {
      if (this.lastChangeMs !== 0 && now - this.lastChangeMs > REST_AFTER_MS) this.rest();
      return now - this.lastChangeMs < 500;
    }
    this.isBusy = true;
    const before = this.follower?.position.frame;
    void this.exclusive(() => this.advance()).finally(() => {
      this.isBusy = false;
      // Under load there is more already; whoever asked meanwhile has had its turn in between.
      if (this.follower && this.follower.position.frame !== before) setImmediate(() => this.poll());
    });
    return true;
  }

  /** Makes everything published in the log by now durable. Rejects with `not_protected` while nothing is captured. */
  async flush(withWatermark: boolean): Promise<Flushed> {
    await this.started();
    return this.whenCaughtUp(FLUSH_WITHIN_MS, async (writer, follower) => {
      if (withWatermark) {
        writer.addWatermark(Math.max(follower.caughtUpMs, writer.newest.timeMs));
        await follower.flush();
      }
      const { newest } = writer;
      return {
        txid: newest.txid,
        bookmark: writer.bookmarkOf(newest),
        timeMs: newest.timeMs,
        watermarkMs: Math.max(writer.watermarkMs, newest.timeMs - 1),
      };
    });
  }

  async annotate(note: HistoryNote): Promise<{ txid: number }> {
    await this.started();
    return this.exclusive(async () => {
      const { writer, follower } = this.requireProtected();
      writer.addNote(note);
      await this.settle(() => follower.flush());
      return { txid: writer.newest.txid };
    });
  }

  /** A keeper wants to restart the log (A3, A5): everything in it becomes durable, and the window too, before it hears so. */
  async copied(keeper: string): Promise<number> {
    this.requireProtected();
    // A word on an earlier window says nothing about this one.
    this.word = null;
    return this.whenCaughtUp(COPIED_WITHIN_MS, async (_writer, follower) => {
      follower.openWindow(keeper);
      await follower.flush();
      return follower.position.frame;
    });
  }

  /** A keeper's word on the window that was recorded last. */
  pinned(word: Pinned): void {
    this.word = word;
    void this.exclusive(() => this.takeWord()).finally(() => {
      this.lastStartMs = Number.NEGATIVE_INFINITY;
      this.poll();
    });
  }

  /** The keeper is gone, and its word with it: what it said of the log ends here. */
  keeperLost(): void {
    this.word = null;
  }

  status(): CaptureStatus {
    const { writer, durable } = this;
    return {
      databaseId: this.database.id,
      state: this.state,
      progress: this.state === "base" ? this.progress : null,
      problem: this.problem,
      last:
        writer && durable ? { bookmark: writer.bookmarkOf(durable), timeMs: durable.timeMs, txid: durable.txid } : null,
      capturedThroughMs: durable ? Math.max(durable.timeMs, this.follower?.caughtUpMs ?? 0) : null,
      spare: false,
      databaseBytes: statSync(this.database.path, { throwIfNoEntry: false })?.size ?? null,
      historyBytes: this.historyBytes(),
    };
  }

  /** Captures what is in the log by now, leaves a verified mirror behind and lets go of all files. */
  async close(): Promise<void> {
    this.ended = true;
    await this.exclusive(async () => {
      if (this.state === "protected") {
        await this.advance();
        await this.follower?.writeMirrorChecksums();
      }
      await this.letGo();
    });
  }

  /** Runs one thing at a time, in the order in which they were asked for. */
  private exclusive<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.turns.then(run);
    this.turns = turn.catch(() => undefined);
    return turn;
  }

  private hasNews(): boolean {
    try {
      return this.follower?.hasNews() ?? true;
    } catch (error) {
      if (error instanceof LogUnavailable) return false;
      // Whatever it is, `advance` meets it again and deals with it.
      return true;
    }
  }

  /** One step of the state machine. Never rejects: what goes wrong decides the next state. */
  private async advance(): Promise<void> {
    try {
      if (this.state === "stopped") return;
      if (this.state !== "protected") await this.start();
      if (this.follower && this.state === "protected") await this.follow(this.follower);
    } catch (error) {
      await this.fail(error);
    }
  }

  private async follow(follower: CommitFollower): Promise<CaughtUp> {
    const before = follower.position.frame;
    const result = await follower.catchUp(this.link.mayVouch);
    this.noteDurable();
    if (follower.position.frame !== before) this.lastChangeMs = performance.now();
    return result;
  }

  /**
   * What the keeper's word means for the recorded window. It counts only if the keeper still lives after the log was looked
   * at: then its pin held that log all along, and it is the one that the word is about.
   */
  private async takeWord(): Promise<void> {
    const { word, writer, follower } = this;
    const window = writer?.window;
    if (!word || !follower || !window || window.confirmed) return;
    const salts = await follower.saltsNow();
    const isTheirs = window.keeper === word.keeper || word.heirOf.includes(window.keeper);
    const hasRestarted = salts !== null && (word.restarted ?? true) && !sameLog(salts, window.position);
    if (!(await this.link.isAlive(this.database.id)) || this.word !== word) return;
    follower.vouch(isTheirs && hasRestarted ? salts : null);
    this.word = null;
  }

  private noteDurable(): void {
    if (this.writer) this.durable = this.writer.newest;
  }

  private async start(): Promise<void> {
    if (!this.files.look()) throw new LogUnavailable("nobody has the database open");
    if (!HistoryWriter.exists(this.database.historyDirectory)) {
      await this.makeBase();
      return;
    }
    await this.openExisting();
    const { follower } = this;
    if (!follower) return;
    const judged = this.mustHeal ? "gap" : follower.judge(this.link.mayVouch);
    if (judged === "wait") return;
    if (judged === "gap") {
      this.log.warn({ ...follower.standing(), word: this.word }, "the log does not go on where the history ends");
      if (!(await this.heal())) return;
    }
    this.state = "protected";
    this.problem = null;
    this.log.info({ txid: this.writer?.newest.txid }, "capture goes on");
  }

  private async makeBase(): Promise<void> {
    const { historyDirectory } = this.database;
    const writer = await this.standingStill(async (hold, image) => {
      this.state = "base";
      this.progress = { done: 0, total: image.sizePages * image.pageSize };
      return createBase(
        historyDirectory,
        image,
        () => hold.isStill(),
        (pages) => {
          this.progress = { done: pages * image.pageSize, total: image.sizePages * image.pageSize };
        },
      );
    });
    this.state = "starting";
    if (!writer) return;
    await writer.close();
    await this.openExisting();
    this.state = "protected";
    this.problem = null;
    this.log.info("the first image is complete");
  }

  private async heal(): Promise<boolean> {
    const { writer, mirror, follower } = this;
    if (!writer || !mirror || !follower) return false;
    const result = await this.standingStill(async (hold, image) => {
      const healed = await healHistory(writer, mirror, image, () => hold.isStill());
      if (healed !== "unsteady") follower.moveTo(image.position);
      return healed;
    });
    if (result === "unsteady") {
      await this.forget();
      return false;
    }
    this.mustHeal = false;
    this.noteDurable();
    this.log.warn({ result, txid: writer.newest.txid }, "the history was compared with the database");
    return true;
  }

  /** Runs something on the database's image while the keepers stand still. */
  private async standingStill<T>(run: (hold: Hold, image: LiveImage) => Promise<T>): Promise<T> {
    const hold = await this.link.hold(this.database.id);
    try {
      if (!this.files.look()) throw new LogUnavailable("nobody has the database open");
      const image = await LiveImage.open(this.files, this.scanner);
      try {
        this.refuseOtherPageSize(image.pageSize);
        return await run(hold, image);
      } finally {
        image.close();
      }
    } finally {
      hold.release();
    }
  }

  private async openExisting(): Promise<void> {
    if (this.follower) return;
    const header = this.files.readIndexHeader();
    if (!header) throw new LogUnavailable("the log's index is being changed");
    const writer = HistoryWriter.open(this.database.historyDirectory);
    try {
      this.writer = writer;
      this.refuseOtherPageSize(header.pageSize);
      const history = openHistory(this.database.historyDirectory);
      try {
        this.mirror = await recoverMirror(history, this.mirrorIsDoubtful);
      } finally {
        history.close();
      }
      this.mirrorIsDoubtful = false;
      this.follower = new CommitFollower(this.files, writer, this.mirror, this.scanner);
      this.durable = writer.newest;
      await this.takeWord();
    } catch (error) {
      await this.letGo();
      throw error;
    }
  }

  private refuseOtherPageSize(pageSize: number): void {
    if (!this.writer || this.writer.pageSize === pageSize) return;
    throw new CaptureStopped({
      cause: `The database now has pages of ${pageSize} bytes; its history has pages of ${this.writer.pageSize}.`,
      remedy: "Detach the database and attach it again: it gets a new history, the old one stays until it expires.",
    });
  }

  /** Waits a moment for a capture that is just starting, as after a restart of the reader. */
  private async started(): Promise<void> {
    const deadline = performance.now() + FLUSH_WITHIN_MS;
    while (this.state === "starting" && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.requireProtected();
  }

  private requireProtected(): { writer: HistoryWriter; follower: CommitFollower } {
    const { writer, follower } = this;
    if (this.state === "protected" && writer && follower) return { writer, follower };
    const cause =
      this.problem?.cause ?? (this.state === "base" ? "its first full image is being made" : "capture is starting");
    throw new LastgoodError("not_protected", `Commits of this database are not captured: ${cause}`, {
      hint: this.problem?.remedy ?? "Try again in a moment.",
      ...(this.problem ? {} : { retryAfterSeconds: 1 }),
    });
  }

  /**
   * Runs `then` in the very turn in which everything published in the log was found durable. Between the tries others have
   * their turn: it may be their word that the log waits for.
   */
  private async whenCaughtUp<T>(
    withinMs: number,
    then: (writer: HistoryWriter, follower: CommitFollower) => Promise<T>,
  ): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const done = await this.exclusive(async () => {
        const { writer, follower } = this.requireProtected();
        if ((await this.settle(() => this.follow(follower))) !== "all") return null;
        return { result: await this.settle(() => then(writer, follower)) };
      });
      if (done) return done.result;
      if (performance.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.log.warn(this.follower?.standing() ?? {}, "the log cannot be followed");
    throw new LastgoodError("not_protected", "The log of this database cannot be followed right now.", {
      hint: "Capture waits for its keeper; try again in a moment.",
      retryAfterSeconds: 1,
    });
  }

  /** Runs a step; its failure decides the state first and then reaches the one who asked. */
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
    const isPassing =
      error instanceof LogUnavailable || (error instanceof LastgoodError && error.code === "agent_unavailable");
    if (isPassing) {
      this.log.debug({ reason: error.message }, "not now");
      if (this.state === "base") this.state = "starting";
      return;
    }
    if (error instanceof LogGap || error instanceof MirrorDamaged) {
      this.log.warn({ reason: error.message }, "capture has to compare or rebuild");
      this.mustHeal ||= error instanceof LogGap;
      this.mirrorIsDoubtful ||= error instanceof MirrorDamaged;
      await this.forget();
      return;
    }
    this.problem = describeProblem(error, this.database.historyDirectory);
    this.state = "stopped";
    this.log.error({ err: error, problem: this.problem }, "capture stopped");
    await this.letGo();
  }

  /** Back to the start: what is durable is read again, what was gathered is dropped. */
  private async forget(): Promise<void> {
    await this.letGo();
    this.state = "starting";
  }

  private async letGo(): Promise<void> {
    const { writer, mirror } = this;
    this.follower = null;
    this.writer = null;
    this.mirror = null;
    this.files.close();
    mirror?.close();
    await writer?.close();
  }

  private rest(): void {
    this.lastChangeMs = 0;
    this.mirror?.rest();
  }

  private historyBytes(): number | null {
    const now = performance.now();
    if (this.size && now - this.size.atMs < 5000) return this.size.bytes;
    const { historyDirectory } = this.database;
    if (!statSync(historyDirectory, { throwIfNoEntry: false })) return null;
    let bytes = 0;
    for (const name of readdirSync(historyDirectory)) {
      bytes += statSync(path.join(historyDirectory, name), { throwIfNoEntry: false })?.size ?? 0;
    }
    this.size = { atMs: now, bytes };
    return bytes;
  }
}
