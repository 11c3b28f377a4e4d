import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { attachNewStage, attachStill, forbidWriting, openLive } from "../one-commit/open-live.ts";
import { isBusy, sqliteCodeOf } from "../wal/sqlite-busy.ts";
import type { PlanAnswer, PlanQuestion } from "./plan-messages.ts";
import { RowPlan } from "./plan-rows.ts";

/** Reads the chosen rows as they are and as they were into a file, and says what writing them would do. */
await answerJob<PlanQuestion>((question, report): PlanAnswer => {
  const connection = openLive(question.livePath);
  try {
    const answer = plan(connection, question, report);
    reachPoint("giveback.staged");
    return answer;
  } catch (error) {
    throw explain(error);
  }
});

function plan(
  connection: DatabaseSync,
  question: PlanQuestion,
  report: (done: number, total: number) => void,
): PlanAnswer {
  attachNewStage(connection, question.stageFile);
  attachStill(connection, question.pastImage, "past");
  if (question.leftImage !== null) attachStill(connection, question.leftImage, "left");
  connection.exec("ATTACH ':memory:' AS trial");
  forbidWriting(connection);
  // One transaction, so that all is as of one moment; the file for chosen rows is of use only whole.
  connection.exec("BEGIN");
  const answer = new RowPlan(connection, question).make(report);
  connection.exec("COMMIT; DETACH stage");
  sync(question.stageFile);
  return answer;
}

function sync(file: string): void {
  const fd = disk.openSync(file, "r+");
  try {
    disk.fsyncSync(fd);
  } finally {
    disk.closeSync(fd);
  }
}

function explain(error: unknown): unknown {
  if (isBusy(error)) {
    return new LastgoodError("restore_conflict", "Other programs keep the database locked.", {
      hint: "Nothing was changed. Try again in a moment.",
      retryAfterSeconds: 5,
    });
  }
  if (sqliteCodeOf(error) === null) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LastgoodError("conflict", `The rows could not be read: ${message}.`, {
    hint: "Nothing was changed. Choose other tables; the agent's log has the details.",
  });
}
