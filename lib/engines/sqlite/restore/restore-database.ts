import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Restored } from "../../../domain/restore.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { RestoreAround, Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import { StageClock } from "../../stage-clock.ts";
import { fence } from "../apply/apply-pages.ts";
import { readIntent } from "../apply/write-intent.ts";
import { requireSamePageSize } from "../copies/other-state-pages.ts";
import { COMMIT_FLAGS, type CommitInfo } from "../history/records.ts";
import { AppendWay, findByPosition } from "./append-way.ts";
import { BackupWay } from "./backup-way.ts";
import { catchUp } from "./catch-up.ts";
import { asMoment } from "./find-moment.ts";
import type { FindReachingQuestion } from "./find-reaching-child.ts";
import type { RestoreContext } from "./restore-context.ts";
import { cannotHold, isUntouched, undecided, unsettled, wrongResult } from "./restore-failures.ts";
import { type Attempt, RestoreFiles } from "./restore-files.ts";
import type { GoalSource, RestoreGoal } from "./restore-goal.ts";
import { type ContentVerdict, tellContent } from "./tell-content.ts";

/**
 * Brings a live database to a state, of its own history, of another's or of an image, as one commit of its own, which capture records
 * like any other: nothing of the history is lost, and going back to the bookmark before it is the undo.
 *
 * `restoreId` makes a repeat harmless: what an earlier try has done is settled first. What is about to happen is written down first; after a crash a fence makes sure that
 * nothing half-done can come to light any more, and the history answers whether the commit took place.
 */
export async function restoreDatabase(
  context: RestoreContext,
  restoreId: string,
  source: GoalSource,
  run: Run,
  around: RestoreAround = ALONE,
): Promise<Restored> {
  const files = new RestoreFiles(context.workRoot, restoreId);
  const done = files.readDone();
  if (done) {
    await around.after(done);
    return done;
  }
  const clock = new StageClock(run);
  const restore = new Restore(context, files, source, clock, around);
  const earlier = files.readAttempt();
  if (earlier) {
    // What an earlier run has done is not told as failed because capture, too, is just starting again.
    await catchUp(context.capture, context.db.id, context.log);
    context.history.refresh();
    const commit = await restore.settle(earlier);
    if (commit) return restore.finish(commit);
  } else {
    await context.capture.flush(context.db.id);
    context.history.refresh();
  }
  const { imageFile } = await restore.findGoal();
  if (imageFile !== null) {
    // To fetch it may have taken long.
    await context.capture.flush(context.db.id);
    context.history.refresh();
  }
  clock.enter("keep");
  try {
    return await restore.run(run);
  } finally {
    context.callers.release();
    removePages(context, files);
  }
}

/** Leftovers go with the folder in a few days: no reason to say that the restore failed. */
function removePages(context: RestoreContext, files: RestoreFiles): void {
  try {
    files.removePages();
  } catch (error) {
    context.log.warn({ err: error, folder: files.directory }, "the files of a restore could not be removed");
  }
}

/** A restore with nothing around it. */
const ALONE: RestoreAround = { holdWritesMs: null, before: async () => undefined, after: async () => undefined };

class Restore {
  readonly #context: RestoreContext;
  readonly #files: RestoreFiles;
  readonly #source: GoalSource;
  #found: RestoreGoal | null = null;
  readonly #clock: StageClock;
  readonly #around: RestoreAround;

  constructor(
    context: RestoreContext,
    files: RestoreFiles,
    source: GoalSource,
    clock: StageClock,
    around: RestoreAround,
  ) {
    this.#context = context;
    this.#files = files;
    this.#source = source;
    this.#clock = clock;
    this.#around = around;
  }

  get #restoreId(): string {
    return path.basename(this.#files.directory);
  }

  get #goal(): RestoreGoal {
    assert(this.#found !== null, "nothing is written before it is known what");
    return this.#found;
  }

  /** What is to be reached. Throws as its source does, and where it does not fit the database. */
  async findGoal(): Promise<RestoreGoal> {
    if (this.#found) return this.#found;
    const goal = await this.#source.find();
    requireSamePageSize(this.#context.history.pageSize, goal.pageSize);
    this.#found = goal;
    return goal;
  }

  async run(run: Run): Promise<Restored> {
    const newest = this.#context.history.newest();
    run.signal.throwIfAborted();
    const { otherDirectory, imageFile, txid } = this.#goal;
    if (otherDirectory === null && imageFile === null && newest.txid === txid) return this.#nothingToDo(newest);
    const isHeld = this.#around.holdWritesMs !== null;
    if ((this.#context.db.restoreWay ?? "append") === "backup") {
      if (isHeld) throw cannotHold();
      return this.#byBackup(newest, run);
    }
    try {
      return await this.#byAppend(newest, run);
    } catch (error) {
      // A log that cannot be appended to safely is still one that SQLite itself can write; and where damage hides which
      // pages were changed since, the whole state may still be reached from the other end of the history.
      const isDamage = error instanceof LastgoodError && error.code === "history_damaged";
      const mayBackUp = error instanceof LastgoodError && error.code === "restore_failed" && isUntouched(error);
      if ((!mayBackUp && !isDamage) || isHeld || !disk.existsSync(this.#context.db.path)) throw error;
      this.#files.forgetAttempt();
      return this.#byBackup(newest, run);
    }
  }

  async #byAppend(newest: CommitInfo, run: Run): Promise<Restored> {
    this.#clock.enter("prepare");
    const { holdWritesMs } = this.#around;
    const way = await AppendWay.start(this.#context, this.#files, this.#goal, holdWritesMs);
    try {
      const preparing = way.prepare(run, this.#clock);
      preparing.catch(() => undefined);
      // Written down while the pages are being computed: an attempt without an intent had no effect.
      const attempt = this.#begin("append", newest);
      reachPoint("restore.attempt-written");
      const prepared = await this.#untouched(async () => {
        const pages = await preparing;
        await this.#before(run);
        return pages;
      });
      try {
        await way.apply(prepared, run, () => {
          this.#clock.enter("apply");
          if (holdWritesMs !== null) run.note?.("Writes are held from here on: no other program can commit.");
        });
      } catch (error) {
        return await this.#afterFailure(error, attempt);
      }
      reachPoint("restore.applied");
      this.#clock.enter("check");
      const commit = await this.#commitOf(attempt);
      const startedMs = performance.now();
      const verdict = await this.#check(way, commit);
      await tellContent(run, this.#context.log, { verdict, pages: commit.pageCount, startedMs });
      if (verdict.as === "other") throw wrongResult(verdict.problem);
      const restored = await this.finish(commit);
      if (holdWritesMs === null) return restored;
      await way.hold(run.signal, this.#clock);
      run.note?.("Writes go on.");
      return { ...restored, timings: this.#clock.end() };
    } finally {
      way.end();
    }
  }

  async #byBackup(newest: CommitInfo, run: Run): Promise<Restored> {
    const way = new BackupWay(this.#context, this.#files, this.#goal);
    this.#clock.enter("prepare");
    const image = await way.prepare(run, this.#clock);
    await this.#before(run);
    // SQLite takes the lock and copies in one go: there is no later moment.
    await run.goAhead?.();
    run.signal.throwIfAborted();
    const attempt = this.#begin("backup", newest);
    this.#clock.enter("apply");
    try {
      await way.apply(image);
      reachPoint("restore.copied-back");
    } catch (error) {
      return await this.#afterFailure(error, attempt);
    }
    this.#clock.enter("check");
    const startedMs = performance.now();
    // It is found by its state: every page's checksum is compared with that moment's.
    const commit = await this.#commitOf(attempt);
    const { sizePages: pages } = this.#goal;
    await tellContent(run, this.#context.log, { verdict: { as: "same" }, pages, startedMs });
    return this.finish(commit);
  }

  /** The last that happens before the database is written; up to its end the restore can be cancelled. */
  async #before(run: Run): Promise<void> {
    await this.#around.before();
    run.signal.throwIfAborted();
    await this.#context.callers.hold();
    run.signal.throwIfAborted();
  }

  /** Runs what comes before the database is written; when that fails, the attempt is forgotten. */
  async #untouched<T>(prepare: () => Promise<T>): Promise<T> {
    try {
      return await prepare();
    } catch (error) {
      this.#files.forgetAttempt();
      throw error;
    }
  }

  #begin(way: Attempt["way"], newest: CommitInfo): Attempt {
    const attempt: Attempt = {
      version: 1,
      restoreId: this.#restoreId,
      way,
      toTxid: this.#goal.txid,
      startTxid: newest.txid,
    };
    this.#files.writeAttempt(attempt);
    return attempt;
  }

  /** The process that applied it failed: only the history knows whether the restore took place. */
  async #afterFailure(error: unknown, attempt: Attempt): Promise<Restored> {
    if (isUntouched(error)) {
      this.#files.forgetAttempt();
      throw error;
    }
    const commit = await this.settle(attempt);
    if (commit) return this.finish(commit);
    throw error;
  }

  /** The commit of an attempt that did not come to its end, or null when it had no effect; then it is forgotten. */
  async settle(attempt: Attempt): Promise<CommitInfo | null> {
    if (attempt.way === "backup") await BackupWay.takeTurn(this.#files, 0);
    await fence(this.#context.db.path);
    reachPoint("restore.fenced");
    await this.#newest();
    const commit = await this.#findCommit(attempt);
    if (!commit) this.#files.forgetAttempt();
    reachPoint("restore.settled");
    return commit;
  }

  async #commitOf(attempt: Attempt): Promise<CommitInfo> {
    await this.#newest();
    const commit = await this.#findCommit(attempt);
    if (commit) return commit;
    throw wrongResult("the history holds no commit that reaches it");
  }

  async #findCommit({ way, toTxid, startTxid }: Attempt): Promise<CommitInfo | null> {
    const { history } = this.#context;
    const intent = readIntent(this.#files.intentPath);
    if (way === "append" && !intent) return null;
    const byPosition = intent && findByPosition(history, startTxid, intent.end);
    if (byPosition) return byPosition;
    if (way === "append" && !this.#wasInterrupted(startTxid)) return null;
    // Capture has merged commits since, or SQLite itself wrote this one: then the state is the answer.
    const txid = await this.#firstReaching(toTxid, startTxid + 1);
    if (txid === null && this.#wasInterrupted(startTxid)) throw undecided();
    return txid === null ? null : history.byTxid(txid);
  }

  async #firstReaching(toTxid: number, fromTxid: number): Promise<number | null> {
    const { directory: historyDirectory } = this.#context.history;
    const { otherDirectory, imageFile } = this.#found ?? (await this.#findToSettle());
    const input: FindReachingQuestion = { historyDirectory, otherDirectory, imageFile, toTxid, fromTxid };
    const script = new URL("./find-reaching-child.ts", import.meta.url);
    return runChild<number | null>({ script, input });
  }

  /** Where an attempt can be told only by what it was to reach, and that cannot be had, nobody knows what became of it. */
  async #findToSettle(): Promise<RestoreGoal> {
    try {
      return await this.findGoal();
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "metadata_unavailable") throw error;
      throw unsettled(error);
    }
  }

  /**
   * Whether the restore's own commit is what was wanted. It took place, and is not told as failed because nobody can compare:
   * where the process that computed the pages is gone another one does, and without that its place in the log stands for it.
   */
  async #check(way: AppendWay, { txid, flags }: CommitInfo): Promise<ContentVerdict> {
    if (flags & COMMIT_FLAGS.healed) return { as: "unknown", because: "capture found it together with later commits" };
    const { log } = this.#context;
    const restoreId = this.#restoreId;
    try {
      const problem = await way.check(txid);
      return problem === null ? { as: "same" } : { as: "other", problem };
    } catch (error) {
      log.warn({ err: error, restoreId }, "the commit of a restore is compared by another process");
    }
    try {
      const reaching = await this.#firstReaching(this.#goal.txid, txid);
      if (reaching === txid) return { as: "same" };
      return { as: "other", problem: "the state behind its commit is another one" };
    } catch (error) {
      log.error({ err: error, restoreId }, "the commit of a restore could not be compared");
      return { as: "unknown", because: "nobody could read it back; its place in the log stands for it" };
    }
  }

  #wasInterrupted(sinceTxid: number): boolean {
    const { history } = this.#context;
    for (const { flags } of history.infos(sinceTxid + 1, history.newest().txid)) {
      if (flags & COMMIT_FLAGS.healed) return true;
    }
    return false;
  }

  /** Writes down what was reached, for a repeat and for whoever reads the history. */
  async finish(commit: CommitInfo): Promise<Restored> {
    const { history, capture, db, log } = this.#context;
    const before = history.byTxid(commit.txid - 1);
    if (!before) throw wrongResult("the state before it has left the history");
    const restored: Restored = {
      reached: this.#source.reached ?? (await this.findGoal()).reached,
      restoreBookmark: history.bookmarkOf(commit),
      previous: asMoment(history, before),
      pages: commit.pageCount,
      timings: this.#clock.end(),
    };
    reachPoint("restore.commit-found");
    const note = {
      kind: "restore",
      restoreId: this.#restoreId,
      to: restored.reached.bookmark,
      from: restored.previous.bookmark,
      commit: restored.restoreBookmark,
    };
    // The note only explains the commit to whoever reads the history; the restore took place without it too.
    const noted = capture
      .annotate(db.id, note)
      .catch((error: unknown) => log.warn({ err: error, note }, "a note is missing"));
    this.#noteDone(restored);
    reachPoint("restore.done-written");
    await noted;
    reachPoint("restore.noted");
    await this.#around.after(restored);
    return restored;
  }

  /** What took place is not to be reported as failed; should it be asked again, attempt and history answer as well. */
  #noteDone(restored: Restored): void {
    try {
      this.#files.writeDone(restored);
    } catch (error) {
      this.#context.log.warn(
        { err: error, restoreId: this.#restoreId },
        "the outcome of a restore is not written down",
      );
    }
  }

  #nothingToDo(newest: CommitInfo): Restored {
    const moment = asMoment(this.#context.history, newest);
    const restored: Restored = {
      reached: moment,
      restoreBookmark: null,
      previous: moment,
      pages: 0,
      timings: this.#clock.end(),
    };
    this.#files.writeDone(restored);
    return restored;
  }

  async #newest(): Promise<CommitInfo> {
    const { capture, db, history, log } = this.#context;
    await catchUp(capture, db.id, log);
    history.refresh();
    return history.newest();
  }
}
