import { answerJob } from "../../processes/answer-job.ts";
import { eraseHistory } from "./erase-history.ts";

/** Makes a history begin with a commit; see `eraseHistory`. Answers the bytes that were given back. */
export type EraseQuestion = { historyDirectory: string; txid: number };

await answerJob<EraseQuestion>(({ historyDirectory, txid }, report) => eraseHistory(historyDirectory, txid, report));
