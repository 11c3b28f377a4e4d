import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { checksumsOfImage } from "../images/open-image.ts";
import { ChecksumTable, checksumsAt } from "./checksums-at.ts";
import { findByTables, findReaching } from "./find-reaching.ts";

/** Looks for the commit that brought a state back; see `findReaching`. Answers its number or null. */
export type FindReachingQuestion = {
  historyDirectory: string;
  /** Of another database, whose commit `toTxid` is; null: of this one. */
  otherDirectory: string | null;
  /** The image that holds the state, where it is of no history. */
  imageFile: string | null;
  toTxid: number;
  fromTxid: number;
};

await answerJob<FindReachingQuestion>((question): number | null => {
  const { historyDirectory, otherDirectory, imageFile, toTxid, fromTxid } = question;
  const history = openHistory(historyDirectory);
  if (imageFile !== null) {
    const wanted = new ChecksumTable(checksumsOfImage(imageFile).crcs, history.pageSize);
    return findByTables(history, wanted, fromTxid)?.txid ?? null;
  }
  if (otherDirectory === null) return findReaching(history, toTxid, fromTxid)?.txid ?? null;
  const other = openHistory(otherDirectory);
  const wanted = new ChecksumTable(checksumsAt(other, toTxid), other.pageSize);
  return findByTables(history, wanted, fromTxid)?.txid ?? null;
});
