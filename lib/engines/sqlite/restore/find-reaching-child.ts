import { answerJob } from "../children/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { findReaching } from "./find-reaching.ts";

/** Looks for the commit that brought a state back; see `findReaching`. Answers its number or null. */
export type FindReachingQuestion = { historyDirectory: string; toTxid: number; fromTxid: number };

await answerJob<FindReachingQuestion>(({ historyDirectory, toTxid, fromTxid }): number | null => {
  return findReaching(openHistory(historyDirectory), toTxid, fromTxid)?.txid ?? null;
});
