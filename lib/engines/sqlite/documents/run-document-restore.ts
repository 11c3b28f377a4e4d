import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { DocumentRestored } from "../../engine-documents.ts";
import { DOCUMENT_HEAP_MIB } from "../../json/document-limits.ts";
import { runChild } from "../../processes/run-child.ts";
import { fence } from "../apply/apply-pages.ts";
import type { EngineContext } from "../engine-context.ts";
import { WriteProcess } from "../give-back/write-process.ts";
import { COMMIT_FLAGS, type CommitInfo } from "../history/records.ts";
import { catchUp } from "../restore/catch-up.ts";
import { asMoment } from "../restore/find-moment.ts";
import type { Materialised, MaterialiseQuestion } from "../restore/materialise-child.ts";
import { StageClock } from "../restore/stage-clock.ts";
import type { DocumentAttempt, DocumentFiles } from "./document-files.ts";
import type { ReplaceQuestion } from "./replace-child.ts";
import type { ReplacedTables } from "./replace-tables.ts";
import type { SettleDocumentQuestion } from "./settle-document-child.ts";
import type { StageDocumentQuestion } from "./stage-document-child.ts";
import type { StagedDocument } from "./staged-document.ts";

/** What the restore of one document works with. */
export type DocumentContext = {
  db: ProtectedDatabase;
  engine: EngineContext;
  files: DocumentFiles;
  /** Does something while no query of ours has the database; those that come are told to come again. */
  held<T>(work: () => Promise<T>): Promise<T>;
};

/**
 * Puts a document's rows into the live database as one transaction, which capture records like any other: wholly or not at all. The
 * protocol is that of `runGiveBack`: under the write lock the number of the newest commit is written down, so this is the next one
 * or none, and after a crash the history says which.
 */
export async function runDocumentRestore(
  context: DocumentContext,
  documentFile: string,
  run: Run,
): Promise<DocumentRestored> {
  const restore = new DocumentRestore(context, new StageClock(run));
  const earlier = context.files.readAttempt();
  if (earlier) {
    const commit = await restore.settle(earlier);
    if (commit) return restore.finish(commit, earlier.replaced);
  }
  return restore.run(documentFile, run);
}

class DocumentRestore {
  readonly #context: DocumentContext;
  readonly #clock: StageClock;

  constructor(context: DocumentContext, clock: StageClock) {
    this.#context = context;
    this.#clock = clock;
  }

  async run(documentFile: string, run: Run): Promise<DocumentRestored> {
    const { db, files, held } = this.#context;
    this.#clock.enter("keep");
    run.signal.throwIfAborted();
    await this.#stage(documentFile, run);
    return held(async () => {
      run.signal.throwIfAborted();
      this.#clock.enter("prepare");
      const question: ReplaceQuestion = { livePath: db.path, stageFile: files.stageFile };
      const script = new URL("./replace-child.ts", import.meta.url);
      const writer = new WriteProcess<ReplacedTables>({ script, question }, (done, total) =>
        this.#clock.report(done, total),
      );
      const cancel = () => void writer.kill();
      run.signal.addEventListener("abort", cancel, { once: true });
      try {
        const attempt = await this.#begin(await writer.prepared());
        run.signal.throwIfAborted();
        run.signal.removeEventListener("abort", cancel);
        this.#clock.enter("apply");
        reachPoint("document.attempt-written");
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

  /** Reads the document, which proves it right before anything is written; what an earlier try has read is used again. */
  async #stage(documentFile: string, run: Run): Promise<void> {
    const { db, files } = this.#context;
    if (files.hasRows) return;
    const input: StageDocumentQuestion = { livePath: db.path, documentFile, stageFile: files.stageFile };
    await runChild<StagedDocument>({
      script: new URL("./stage-document-child.ts", import.meta.url),
      input,
      signal: run.signal,
      report: (done, total) => this.#clock.report(done, total),
      heapMib: DOCUMENT_HEAP_MIB,
    });
  }

  /** Nobody can commit now: the history's newest commit is the one before ours. */
  async #begin(replaced: ReplacedTables): Promise<DocumentAttempt> {
    const { engine, db, files } = this.#context;
    const { txid } = await engine.capture.flush(db.id);
    reachPoint("document.flushed");
    const attempt: DocumentAttempt = { version: 1, startTxid: txid, replaced };
    files.writeAttempt(attempt);
    return attempt;
  }

  async #commit(writer: WriteProcess<ReplacedTables>, attempt: DocumentAttempt): Promise<DocumentRestored> {
    try {
      await writer.commit();
    } catch (error) {
      await writer.kill();
      const commit = await this.settle(attempt);
      if (commit) return this.finish(commit, attempt.replaced);
      throw error;
    }
    reachPoint("document.commit-told");
    // The rows are written: nobody's waiting any more depends on the rest.
    await writer.kill();
    this.#clock.enter("check");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (commit) return this.finish(commit, attempt.replaced);
    if (changesNothing(attempt.replaced)) return this.#nothingToDo(attempt.replaced);
    throw undecided();
  }

  /** The commit of an attempt that did not come to its end, or null when it had no effect; then it is forgotten. */
  async settle(attempt: DocumentAttempt): Promise<CommitInfo | null> {
    await fence(this.#context.db.path);
    reachPoint("document.fenced");
    await this.#catchUp();
    const commit = await this.#findCommit(attempt);
    if (!commit) this.#context.files.forgetAttempt();
    reachPoint("document.settled");
    return commit;
  }

  /** If it took place it is the next commit, unless capture was interrupted, which may have merged it with others. */
  async #findCommit({ startTxid }: DocumentAttempt): Promise<CommitInfo | null> {
    const { engine, db } = this.#context;
    const commit = engine.historyOf(db).byTxid(startTxid + 1);
    if (!commit) return null;
    if (await this.#holdsDocument(commit)) return commit;
    // Others' later writes, merged with ours, could have changed its rows already.
    if ((commit.flags & COMMIT_FLAGS.healed) !== 0) throw undecided();
    return null;
  }

  async #holdsDocument({ txid }: CommitInfo): Promise<boolean> {
    const { engine, db, files } = this.#context;
    const { imageFile, stageFile } = files;
    const state: MaterialiseQuestion = { historyDirectory: engine.historyDirectory(db), txid, file: imageFile };
    try {
      await runChild<Materialised>({
        script: new URL("../restore/materialise-child.ts", import.meta.url),
        input: state,
      });
      const input: SettleDocumentQuestion = { imageFile, stageFile };
      return await runChild<boolean>({ script: new URL("./settle-document-child.ts", import.meta.url), input });
    } finally {
      files.removeImage();
    }
  }

  #catchUp(): Promise<void> {
    const { engine, db } = this.#context;
    return catchUp(engine.capture, db.id, engine.log);
  }

  /** Writes down what was reached, for a repeat and for whoever reads the history. */
  async finish(commit: CommitInfo, replaced: ReplacedTables): Promise<DocumentRestored> {
    const { engine, db } = this.#context;
    const history = engine.historyOf(db);
    const before = history.byTxid(commit.txid - 1);
    if (!before) throw undecided();
    const done: DocumentRestored = {
      reached: asMoment(history, commit),
      restoreBookmark: history.bookmarkOf(commit),
      previous: asMoment(history, before),
      pages: commit.pageCount,
      timings: this.#clock.end(),
      replaced,
    };
    const note = { kind: "document", from: done.previous.bookmark, commit: done.restoreBookmark, ...replaced };
    // The note only explains the commit to whoever reads the history; it took place without it too.
    await engine.capture
      .annotate(db.id, note)
      .catch((error: unknown) => engine.log.warn({ err: error, note }, "a note is missing"));
    this.#noteDone(done);
    return done;
  }

  /** What took place is not to be reported as failed; should it be asked again, attempt, rows and history answer as well. */
  #noteDone(done: DocumentRestored): void {
    const { engine, files } = this.#context;
    try {
      files.writeDone(done);
      reachPoint("document.done-written");
      files.removeRows();
    } catch (error) {
      engine.log.warn({ err: error, reached: done.restoreBookmark }, "the outcome of a restore is not written down");
    }
  }

  async #nothingToDo(replaced: ReplacedTables): Promise<DocumentRestored> {
    const { engine, db } = this.#context;
    const history = engine.historyOf(db);
    const moment = asMoment(history, history.newest());
    const timings = this.#clock.end();
    const done = { reached: moment, restoreBookmark: null, previous: moment, pages: 0, timings, replaced };
    this.#noteDone(done);
    return done;
  }
}

/** Empty tables in place of empty ones: SQLite may then have had nothing to commit. */
const changesNothing = ({ tables }: ReplacedTables) => tables.every(({ removed, written }) => removed + written === 0);

/** To do it again could take back what was written since, should it have taken place. */
function undecided(): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "Capture was interrupted while tables were replaced and merged its commits: nobody can tell whether it took place.",
    { hint: "Look at the tables; if they are not as you want them, restore again.", outcome: "unknown" },
  );
}
