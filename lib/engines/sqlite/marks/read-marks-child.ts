import { constants, setPriority } from "node:os";
import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { extendMarks } from "./extend-marks.ts";
import { findFacts } from "./find-facts.ts";

const FACTS_MS = 10_000;

/**
 * Reads a history for marks up to its newest commit and writes down what it found, then for a while what exactly they are;
 * see `extendMarks` and `findFacts`. `wanted`: numbers of commits that somebody is looking at.
 */
export type ReadMarksQuestion = { historyDirectory: string; file: string; wanted: readonly number[] };

await answerJob<ReadMarksQuestion>(({ historyDirectory, file, wanted }, report) => {
  // Nobody waits for marks: whatever captures or restores goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const history = openHistory(historyDirectory);
  const index = extendMarks(history, file, report);
  findFacts(history, index, file, wanted, FACTS_MS);
  return null;
});
