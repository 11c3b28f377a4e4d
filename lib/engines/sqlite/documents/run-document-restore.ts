import type { Run } from "../../engine.ts";
import type { DocumentRestored } from "../../engine-documents.ts";
import { DOCUMENT_HEAP_MIB } from "../../json/document-limits.ts";
import { runChild } from "../../processes/run-child.ts";
import { StageClock } from "../../stage-clock.ts";
import type { CommitFiles } from "../one-commit/commit-files.ts";
import { type CommitContext, type CommitOrder, OneCommit } from "../one-commit/one-commit.ts";
import type { ReplacedTables } from "./replace-tables.ts";
import type { SettleDocumentQuestion } from "./settle-document-child.ts";
import type { StageDocumentQuestion } from "./stage-document-child.ts";
import type { StagedDocument } from "./staged-document.ts";

export type DocumentContext = CommitContext<CommitFiles<ReplacedTables, DocumentRestored>>;

/** Puts a document's rows into the live database as one commit; what an earlier try reached is not done again. */
export async function runDocumentRestore(
  context: DocumentContext,
  fetch: () => Promise<string>,
  run: Run,
): Promise<DocumentRestored> {
  const clock = new StageClock(run);
  const commit = new OneCommit(context, documentOrder(context), clock);
  const earlier = await commit.settleEarlier();
  if (earlier) return earlier;
  run.signal.throwIfAborted();
  const documentFile = await fetch();
  clock.enter("keep");
  run.signal.throwIfAborted();
  await stage(context, documentFile, run, clock);
  return commit.run(run);
}

/** Reads the document, which proves it right before anything is written; what an earlier try has read is used again. */
async function stage({ db, files }: DocumentContext, documentFile: string, run: Run, clock: StageClock): Promise<void> {
  if (files.hasRows) return;
  const input: StageDocumentQuestion = { livePath: db.path, documentFile, stageFile: files.stageFile };
  await runChild<StagedDocument>({
    script: new URL("./stage-document-child.ts", import.meta.url),
    input,
    signal: run.signal,
    report: (done, total) => clock.report(done, total),
    heapMib: DOCUMENT_HEAP_MIB,
  });
}

function documentOrder({ db, files }: DocumentContext): CommitOrder<ReplacedTables, DocumentRestored> {
  const { stageFile } = files;
  return {
    job: { script: new URL("./replace-child.ts", import.meta.url), question: { livePath: db.path, stageFile } },
    // Empty tables in place of empty ones: SQLite may then have had nothing to commit.
    effectOf: ({ tables }) => (tables.every(({ removed, written }) => removed + written === 0) ? "perhaps" : "some"),
    compare: async (imageFile) => {
      const input: SettleDocumentQuestion = { imageFile, stageFile };
      const script = new URL("./settle-document-child.ts", import.meta.url);
      return (await runChild<boolean>({ script, input })) ? "reached" : "other";
    },
    reached: (_history, commit) => commit,
    answer: (restored, replaced) => ({ ...restored, replaced }),
    note: ({ previous, restoreBookmark, replaced }) => ({
      kind: "document",
      from: previous.bookmark,
      commit: restoreBookmark,
      ...replaced,
    }),
    undecided: {
      meanwhile: "tables were replaced",
      hint: "Look at the tables; if they are not as you want them, restore again.",
    },
  };
}
