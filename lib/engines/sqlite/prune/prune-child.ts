import { answerJob } from "../../processes/answer-job.ts";
import { openHistory } from "../history/open-history.ts";
import { pruneHistory } from "./prune-history.ts";

/** Drops what is older than a database's window; see `pruneHistory`. Answers the bytes that were given back. */
export type PruneQuestion = { historyDirectory: string; keepFromMs: number };

await answerJob<PruneQuestion>(({ historyDirectory, keepFromMs }, report) =>
  pruneHistory(openHistory(historyDirectory), keepFromMs, report),
);
