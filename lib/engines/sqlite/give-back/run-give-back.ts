import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackSummary, GivenBack, RowsRun } from "../../../domain/give-back.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import { fence } from "../apply/apply-pages.ts";
import type { EngineContext } from "../engine-context.ts";
import { COMMIT_FLAGS, type CommitInfo } from "../history/records.ts";
import { catchUp } from "../restore/catch-up.ts";
import { asMoment, findBookmark } from "../restore/find-moment.ts";
import type { Materialised, MaterialiseQuestion } from "../restore/materialise-child.ts";
import { StageClock } from "../restore/stage-clock.ts";
import type { GiveBackFiles, RowsAttempt } from "./give-back-files.ts";
import type { Settled, SettleQuestion } from "./settle-child.ts";
import { giveBackJob, WriteProcess } from "./write-process.ts";

/** What one give-back works with. */
export type GiveBackContext = {
  db: ProtectedDatabase;
  engine: EngineContext;
  files: GiveBackFiles;
  /** Does something while no query of ours has the database; those that come wait. */
  aside<T>(work: () => Promise<T>): Promise<T>;
};

/**
 * Writes the rows that a plan chose into the live database as one transaction, which capture records like any other.
 *
 * While the write lock is held, everything committed before is brought into the history and its last number written down: if
 * this takes place, it is the commit with the next number. So after a crash, once a fence has made sure that nothing can
 * come to light any more, the history answers whether it took place: there is such a commit, and it holds the rows.
 */
export async function runGiveBack(
  context: GiveBackContext,
  { order, onConflict }: RowsRun,
  run: Run,
): Promise<GivenBack> {
  const clock = new StageClock(run);
  const target = order.kind === "undo" ? order.previous : order.from;
  const give = new GiveBack(context, target, clock);
  const earlier = context.files.readAttempt();
  if (earlier) {
    const commit = await give.settle(earlier);
    if (commit) return give.finish(commit, earlier.rows);
  }
  return give.run(onConflict, run);
}

class GiveBack {
  readonly #context: GiveBackContext;
  readonly #target: string;
  readonly #clock: StageClock;

  constructor(context: GiveBackContext, target: string, clock: StageClock) {
    this.#context = context;
    this.#target = target;
    this.#clock = clock;
  }

  async run(onConflict: RowsRun["onConflict"], run: Run): Promise<GivenBack> {
    const { db, files, aside } = this.#context;
    this.#clock.enter("keep");
    run.signal.throwIfAborted();
    return aside(async () => {
      run.signal.throwIfAborted();
      this.#clock.enter("prepare");
      const question = { livePath: db.path, stageFile: files.stageFile, skipsFile: files.skipsFile, onConflict };
      const writer = new WriteProcess(giveBackJob(question), (done, total) => this.#clock.report(done, total));
      const cancel = () => void writer.kill();
      run.signal.addEventListener("abort", cancel, { once: true });
      try {
        const rows = await writer.prepared();
        if (rows.rows === 0 && rows.tables.length === 0) return await this.#nothingToDo(rows);
        const attempt = await this.#begin(rows);
        run.signal.throwIfAborted();
        run.signal.removeEventListener("abort", cancel);
        this.#clock.enter("apply");
        reachPoint("giveback.attempt-written");
        return await this.#commit(writer, attempt);
      } catch (error) {
        run.signal.throwIfAborted();
        throw error;
      } finally {
        run.signal.removeEventListener("abort", cancel);
        await writer.kill();
      }
    });
  }

  /** Nobody can commit now: the history's newest commit is the one before ours. */
  async #begin(rows: GiveBackSummary): Promise<RowsAttempt> {
    const { engine, db, files } = this.#context;
    const { txid } = await engine.capture.flush(db.id);
    reachPoint("giveback.flushed");
    const attempt: RowsAttempt = { version: 1, startTxid: txid, rows };
    files.writeAttempt(attempt);
    return attempt;
  }

  async #commit(writer: WriteProcess, attempt: RowsAttempt): Promise<GivenBack> {
    try {
      await writer.commit();
    } catch (error) {
      await writer.kill();
      const commit = await this.settle(attempt);
      if (commit) return this.finish(commit, attempt.rows);
      throw error;
    }
    reachPoint("giveback.commit-told");
    // The rows are written: nobody's waiting any more depends on the rest.
    await writer.kill();
    this.#clock.enter("check");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (!commit) throw undecided();
    return this.finish(commit, attempt.rows);
  }

  /** The commit of an attempt that did not come to its end, or null when it had no effect; then it is forgotten. */
  async settle(attempt: RowsAttempt): Promise<CommitInfo | null> {
    await fence(this.#context.db.path);
    reachPoint("giveback.fenced");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (!commit) this.#context.files.forgetAttempt();
    reachPoint("giveback.settled");
    return commit;
  }

  /** If it took place it is the next commit, unless capture was interrupted, which may have merged it with others. */
  async #findCommit({ startTxid }: RowsAttempt): Promise<CommitInfo | null> {
    const { engine, db } = this.#context;
    const commit = engine.historyOf(db).byTxid(startTxid + 1);
    if (!commit) return null;
    const settled = await this.#compare(commit);
    if (settled === "reached") return commit;
    const isMerged = (commit.flags & COMMIT_FLAGS.healed) !== 0;
    if (isMerged && settled === "other") throw undecided();
    return null;
  }

  async #compare(commit: CommitInfo): Promise<Settled> {
    const { engine, db, files } = this.#context;
    const { imageFile, stageFile } = files;
    const input: MaterialiseQuestion = {
      historyDirectory: engine.historyDirectory(db),
      txid: commit.txid,
      file: imageFile,
    };
    try {
      await runChild<Materialised>({ script: new URL("../restore/materialise-child.ts", import.meta.url), input });
      const question: SettleQuestion = { imageFile, stageFile, skips: files.readSkips() };
      return await runChild<Settled>({ script: new URL("./settle-child.ts", import.meta.url), input: question });
    } finally {
      files.removeImage();
    }
  }

  #catchUp(): Promise<void> {
    const { engine, db } = this.#context;
    return catchUp(engine.capture, db.id, engine.log);
  }

  /** Writes down what was reached, for a repeat and for whoever reads the history. */
  async finish(commit: CommitInfo, rows: GiveBackSummary): Promise<GivenBack> {
    const { engine, db } = this.#context;
    const history = engine.historyOf(db);
    const before = history.byTxid(commit.txid - 1);
    if (!before) throw undecided();
    const done: GivenBack = {
      reached: asMoment(history, findBookmark(history, this.#target, null)),
      restoreBookmark: history.bookmarkOf(commit),
      previous: asMoment(history, before),
      pages: commit.pageCount,
      timings: this.#clock.end(),
      rows,
    };
    reachPoint("giveback.commit-found");
    const note = {
      kind: "give-back",
      to: done.reached.bookmark,
      from: done.previous.bookmark,
      commit: done.restoreBookmark,
      rows: rows.tables,
    };
    // The note only explains the commit to whoever reads the history; it took place without it too.
    await engine.capture
      .annotate(db.id, note)
      .catch((error: unknown) => engine.log.warn({ err: error, note }, "a note is missing"));
    this.#noteDone(done);
    return done;
  }

  /** What took place is not to be reported as failed; should it be asked again, attempt, rows and history answer as well. */
  #noteDone(done: GivenBack): void {
    const { engine, files } = this.#context;
    try {
      files.writeDone(done);
      reachPoint("giveback.done-written");
      files.removeRows();
    } catch (error) {
      engine.log.warn({ err: error, reached: done.restoreBookmark }, "the outcome of a give-back is not written down");
    }
  }

  async #nothingToDo(rows: GiveBackSummary): Promise<GivenBack> {
    const { engine, db, files } = this.#context;
    await engine.capture.flush(db.id);
    const history = engine.historyOf(db);
    const moment = asMoment(history, history.newest());
    const reached = asMoment(history, findBookmark(history, this.#target, null));
    const done = { reached, restoreBookmark: null, previous: moment, pages: 0, timings: this.#clock.end(), rows };
    files.writeDone(done);
    return done;
  }
}

/** To do it again could take back what was written since, should it have taken place. */
function undecided(): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "Capture was interrupted while rows were given back and merged its commits: nobody can tell whether it took place.",
    { hint: "Look at the rows; if they are not as you want them, make a new plan.", outcome: "unknown" },
  );
}
