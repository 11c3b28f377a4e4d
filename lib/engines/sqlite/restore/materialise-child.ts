import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { materialiseEitherWay } from "./materialise-either-way.ts";

/** Writes a past state into a file; see `materialiseEitherWay`. */
export type MaterialiseQuestion = { historyDirectory: string; txid: number; file: string };
export type Materialised = { pages: number; pageSize: number };

await answerJob<MaterialiseQuestion>(async ({ historyDirectory, txid, file }, report): Promise<Materialised> => {
  const history = openHistory(historyDirectory);
  const { crcs } = await materialiseEitherWay(history, txid, file, report);
  return { pages: crcs.length, pageSize: history.pageSize };
});
