import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { writeImage } from "./write-image.ts";

/** Writes one state of a history to standard output, page 1 first. Opens a history, nothing else. */
export type ReadImageQuestion = { historyDirectory: string; txid: number };

await answerJob<ReadImageQuestion>(async ({ historyDirectory, txid }) => {
  // Whoever reads has gone: there is nobody left to answer.
  process.stdout.on("error", () => process.exit(1));
  await writeImage(openHistory(historyDirectory), txid, (bytes) => {
    return new Promise((resolve) => process.stdout.write(bytes, () => resolve()));
  });
  return null;
});
