import { LastgoodError } from "../../../domain/errors.ts";
import type { Restored } from "../../../domain/restore.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import type { StageClock } from "../../stage-clock.ts";
import { fence } from "../apply/apply-pages.ts";
import type { HistoryNote } from "../capture-protocol.ts";
import type { EngineContext } from "../engine-context.ts";
import { COMMIT_FLAGS, type CommitInfo, type HistoryView } from "../history/records.ts";
import { catchUp } from "../restore/catch-up.ts";
import { asMoment } from "../restore/find-moment.ts";
import type { Materialised, MaterialiseQuestion } from "../restore/materialise-child.ts";
import type { CommitAttempt, CommitFiles } from "./commit-files.ts";
import { type WriteJob, WriteProcess } from "./write-process.ts";

/** What one commit works with. */
export type CommitContext<Files> = {
  db: ProtectedDatabase;
  engine: EngineContext;
  files: Files;
  /** Does something while no query of ours has the database. */
  alone<T>(work: () => Promise<T>): Promise<T>;
};

/** `reached`: all rows are what they were to be. `untouched`: all are what they had been. */
export type Settled = "reached" | "untouched" | "other";

/** What is written, and how it is known again. */
export type CommitOrder<Summary, Done extends Restored> = {
  job: WriteJob;
  /** `perhaps`: SQLite may have nothing to commit. `none`: nothing is to be committed. */
  effectOf(summary: Summary): "some" | "perhaps" | "none";
  /** Compares a state of the history, written out into a file, with what was to be written. */
  compare(imageFile: string): Promise<Settled>;
  /** Which commit's state the rows are of, given the one that wrote them. */
  reached(history: HistoryView, commit: CommitInfo): CommitInfo;
  answer(restored: Restored, summary: Summary): Done;
  /** Explains the commit to whoever reads the history. */
  note(done: Done): HistoryNote;
  /** For when nobody can tell whether it took place: what was being done, and what to do. */
  undecided: { meanwhile: string; hint: string };
};

/**
 * Rows that are written into the live database as one transaction, which capture records like any other: wholly or not at all.
 *
 * While the write lock is held, everything committed before is brought into the history and its last number written down: if
 * this takes place, it is the commit with the next number. So after a crash, once a fence has made sure that nothing can
 * come to light any more, the history answers whether it took place: there is such a commit, and it holds the rows.
 */
export class OneCommit<Summary, Done extends Restored> {
  readonly #context: CommitContext<CommitFiles<Summary, Done>>;
  readonly #order: CommitOrder<Summary, Done>;
  readonly #clock: StageClock;

  constructor(
    context: CommitContext<CommitFiles<Summary, Done>>,
    order: CommitOrder<Summary, Done>,
    clock: StageClock,
  ) {
    this.#context = context;
    this.#order = order;
    this.#clock = clock;
  }

  /** What an earlier try reached; null when there was none, or it had no effect. */
  async settleEarlier(): Promise<Done | null> {
    const earlier = this.#context.files.readAttempt();
    if (!earlier) return null;
    const commit = await this.#settle(earlier);
    return commit && this.#finish(commit, earlier.summary);
  }

  /** Writes what is staged. Throws the signal's reason while nothing is committed; from the stage `apply` on it is not looked at. */
  async run(run: Run): Promise<Done> {
    run.signal.throwIfAborted();
    return this.#context.alone(async () => {
      run.signal.throwIfAborted();
      this.#clock.enter("prepare");
      const writer = new WriteProcess<Summary>(this.#order.job, (done, total) => this.#clock.report(done, total));
      try {
        const attempt = await this.#prepare(writer, run);
        if (this.#order.effectOf(attempt.summary) === "none") return this.#nothingToDo(attempt.summary);
        this.#clock.enter("apply");
        reachPoint("onecommit.attempt-written");
        return await this.#commit(writer, attempt);
      } finally {
        await writer.kill();
      }
    });
  }

  /** As long as the writer was not told to commit, it does not: with its end there was no attempt. */
  async #prepare(writer: WriteProcess<Summary>, run: Run): Promise<CommitAttempt<Summary>> {
    const cancel = () => void writer.kill();
    run.signal.addEventListener("abort", cancel, { once: true });
    let attempt: CommitAttempt<Summary> | null = null;
    try {
      run.signal.throwIfAborted();
      attempt = await this.#begin(await writer.prepared());
      run.signal.throwIfAborted();
      await run.goAhead?.();
      run.signal.throwIfAborted();
      return attempt;
    } catch (error) {
      await writer.kill();
      if (attempt) this.#context.files.forgetAttempt();
      run.signal.throwIfAborted();
      throw error;
    } finally {
      run.signal.removeEventListener("abort", cancel);
    }
  }

  /** Nobody can commit now: the history's newest commit is the one before ours. */
  async #begin(summary: Summary): Promise<CommitAttempt<Summary>> {
    const { engine, db, files } = this.#context;
    const { txid } = await engine.capture.flush(db.id);
    reachPoint("onecommit.flushed");
    const attempt: CommitAttempt<Summary> = { version: 1, startTxid: txid, summary };
    if (this.#order.effectOf(summary) !== "none") files.writeAttempt(attempt);
    return attempt;
  }

  async #commit(writer: WriteProcess<Summary>, attempt: CommitAttempt<Summary>): Promise<Done> {
    const { summary } = attempt;
    try {
      await writer.commit();
    } catch (error) {
      await writer.kill();
      const commit = await this.#settle(attempt);
      if (commit) return this.#finish(commit, summary);
      throw error;
    }
    reachPoint("onecommit.commit-told");
    // The rows are written: nobody's waiting any more depends on the rest.
    await writer.kill();
    this.#clock.enter("check");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (commit) return this.#finish(commit, summary);
    if (this.#order.effectOf(summary) === "perhaps") return this.#nothingToDo(summary);
    throw this.#undecided();
  }

  /** The commit of an attempt that did not come to its end, or null when it had no effect; then it is forgotten. */
  async #settle(attempt: CommitAttempt<Summary>): Promise<CommitInfo | null> {
    // Where nothing is captured, nothing is opened.
    await this.#catchUp();
    await fence(this.#context.db.path);
    reachPoint("onecommit.fenced");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (!commit) this.#context.files.forgetAttempt();
    reachPoint("onecommit.settled");
    return commit;
  }

  /** If it took place it is the next commit, unless capture was interrupted, which may have merged it with others. */
  async #findCommit({ startTxid }: CommitAttempt<Summary>): Promise<CommitInfo | null> {
    const { engine, db } = this.#context;
    const commit = engine.historyOf(db).byTxid(startTxid + 1);
    if (!commit) return null;
    const settled = await this.#compare(commit);
    if (settled === "reached") return commit;
    // Others' later writes, merged with ours, could have changed its rows already.
    const isMerged = (commit.flags & COMMIT_FLAGS.healed) !== 0;
    if (isMerged && settled === "other") throw this.#undecided();
    return null;
  }

  async #compare({ txid }: CommitInfo): Promise<Settled> {
    const { engine, db, files } = this.#context;
    const { imageFile } = files;
    const input: MaterialiseQuestion = { historyDirectory: engine.historyDirectory(db), txid, file: imageFile };
    try {
      await runChild<Materialised>({ script: new URL("../restore/materialise-child.ts", import.meta.url), input });
      return await this.#order.compare(imageFile);
    } finally {
      files.removeImage();
    }
  }

  #catchUp(): Promise<void> {
    const { engine, db } = this.#context;
    return catchUp(engine.capture, db.id, engine.log);
  }

  /** Writes down what was reached, for a repeat and for whoever reads the history. */
  async #finish(commit: CommitInfo, summary: Summary): Promise<Done> {
    const { engine, db } = this.#context;
    const history = engine.historyOf(db);
    const before = history.byTxid(commit.txid - 1);
    if (!before) throw this.#undecided();
    const restored: Restored = {
      reached: asMoment(history, this.#order.reached(history, commit)),
      restoreBookmark: history.bookmarkOf(commit),
      previous: asMoment(history, before),
      pages: commit.pageCount,
      timings: this.#clock.end(),
    };
    reachPoint("onecommit.commit-found");
    const done = this.#order.answer(restored, summary);
    const note = this.#order.note(done);
    // The note only explains the commit to whoever reads the history; it took place without it too.
    await engine.capture
      .annotate(db.id, note)
      .catch((error: unknown) => engine.log.warn({ err: error, note }, "a note is missing"));
    this.#noteDone(done);
    return done;
  }

  /** What took place is not to be reported as failed; should it be asked again, attempt, rows and history answer as well. */
  #noteDone(done: Done): void {
    const { engine, files } = this.#context;
    try {
      files.writeDone(done);
      reachPoint("onecommit.done-written");
      files.removeRows();
    } catch (error) {
      engine.log.warn({ err: error, reached: done.restoreBookmark }, "the outcome of a restore is not written down");
    }
  }

  #nothingToDo(summary: Summary): Done {
    const { engine, db } = this.#context;
    const history = engine.historyOf(db);
    const newest = history.newest();
    const restored: Restored = {
      reached: asMoment(history, this.#order.reached(history, newest)),
      restoreBookmark: null,
      previous: asMoment(history, newest),
      pages: 0,
      timings: this.#clock.end(),
    };
    const done = this.#order.answer(restored, summary);
    this.#noteDone(done);
    return done;
  }

  /** To do it again could take back what was written since, should it have taken place. */
  #undecided(): LastgoodError {
    const { meanwhile, hint } = this.#order.undecided;
    return new LastgoodError(
      "restore_failed",
      `Capture was interrupted while ${meanwhile} and merged its commits: nobody can tell whether it took place.`,
      { hint, outcome: "unknown" },
    );
  }
}
