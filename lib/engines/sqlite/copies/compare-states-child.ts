import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { ChecksumTable, checksumsAt } from "../restore/checksums-at.ts";
import { requireSamePageSize } from "./other-state-pages.ts";

/** In how many pages the newest state of one database differs from a state of another; by their checksums alone. */
export type CompareStatesQuestion = { historyDirectory: string; otherDirectory: string; toTxid: number };

await answerJob<CompareStatesQuestion>(({ historyDirectory, otherDirectory, toTxid }): number => {
  const [history, other] = [openHistory(historyDirectory), openHistory(otherDirectory)];
  requireSamePageSize(history.pageSize, other.pageSize);
  const live = new ChecksumTable(checksumsAt(history, history.newest().txid), history.pageSize);
  const wanted = checksumsAt(other, toTxid);
  let differing = 1;
  for (let page = 2; page <= wanted.length; page++) if (live.of(page) !== wanted[page - 1]) differing++;
  return differing;
});
