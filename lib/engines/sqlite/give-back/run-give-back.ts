import type { GiveBackSummary, GivenBack, RowsRun } from "../../../domain/give-back.ts";
import type { Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import { StageClock } from "../../stage-clock.ts";
import { type CommitContext, type CommitOrder, OneCommit, type Settled } from "../one-commit/one-commit.ts";
import { findBookmark } from "../restore/find-moment.ts";
import type { GiveBackFiles } from "./give-back-files.ts";
import type { SettleQuestion } from "./settle-child.ts";
import type { GiveBackQuestion } from "./write-child.ts";

/** Writes the rows that a plan chose into the live database as one commit; what an earlier try reached is not done again. */
export async function runGiveBack(context: CommitContext<GiveBackFiles>, rows: RowsRun, run: Run): Promise<GivenBack> {
  const clock = new StageClock(run);
  const commit = new OneCommit(context, giveBackOrder(context, rows), clock);
  const earlier = await commit.settleEarlier();
  if (earlier) return earlier;
  clock.enter("keep");
  return commit.run(run);
}

function giveBackOrder(
  { db, files }: CommitContext<GiveBackFiles>,
  { order, onConflict }: RowsRun,
): CommitOrder<GiveBackSummary, GivenBack> {
  const { stageFile, skipsFile } = files;
  const question: GiveBackQuestion = { livePath: db.path, stageFile, skipsFile, onConflict };
  const target = order.kind === "undo" ? order.previous : order.from;
  return {
    job: { script: new URL("./write-child.ts", import.meta.url), question },
    effectOf: ({ rows, tables }) => (rows === 0 && tables.length === 0 ? "none" : "some"),
    compare: (imageFile) => {
      const input: SettleQuestion = { imageFile, stageFile, skips: files.readSkips() };
      return runChild<Settled>({ script: new URL("./settle-child.ts", import.meta.url), input });
    },
    reached: (history) => findBookmark(history, target, null),
    answer: (restored, rows) => ({ ...restored, rows }),
    note: ({ reached, previous, restoreBookmark, rows }) => ({
      kind: "give-back",
      to: reached.bookmark,
      from: previous.bookmark,
      commit: restoreBookmark,
      rows: rows.tables,
    }),
    undecided: {
      meanwhile: "rows were given back",
      hint: "Look at the rows; if they are not as you want them, make a new plan.",
    },
  };
}
