import { answerJob } from "../children/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { materialise } from "./materialise.ts";

/** Writes a past state into a file; see `materialise`. */
export type MaterialiseQuestion = { historyDirectory: string; txid: number; file: string };
export type Materialised = { pages: number; pageSize: number };

await answerJob<MaterialiseQuestion>(({ historyDirectory, txid, file }, report): Materialised => {
  const history = openHistory(historyDirectory);
  return { pages: materialise(history, txid, file, report).length, pageSize: history.pageSize };
});
