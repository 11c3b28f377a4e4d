import { constants, setPriority } from "node:os";
import { answerJob } from "../children/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { extendMarks } from "./extend-marks.ts";

/** Reads a history for marks up to its newest commit and writes down what it found; see `extendMarks`. */
export type ReadMarksQuestion = { historyDirectory: string; file: string };

await answerJob<ReadMarksQuestion>(({ historyDirectory, file }, report) => {
  // Nobody waits for marks: whatever captures or restores goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  extendMarks(openHistory(historyDirectory), file, report);
  return null;
});
