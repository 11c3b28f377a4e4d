import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { readBack } from "../read-back.ts";
import { materialiseEitherWay, type Way } from "../restore/materialise-either-way.ts";

/**
 * Writes the state of commit `txid` into `file`, which may exist and is overwritten, syncs it, and reads it back: each page
 * must be what the history names. Opens a history and a file of its own, nothing else.
 */
export type WriteStateQuestion = { historyDirectory: string; txid: number; file: string; workspaceFile: string };
export type WrittenState = { pages: number; pageSizeBytes: number; way: Way };

await answerJob<WriteStateQuestion>(async (question, report): Promise<WrittenState> => {
  const { historyDirectory, txid, file, workspaceFile } = question;
  const history = openHistory(historyDirectory);
  const { crcs, way } = await materialiseEitherWay(history, txid, file, report, workspaceFile);
  readBack(file, history.pageSize, crcs);
  return { pages: crcs.length, pageSizeBytes: history.pageSize, way };
});
