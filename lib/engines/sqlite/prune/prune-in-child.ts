import type { Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import type { PruneQuestion } from "./prune-child.ts";

/** Has a child drop what is older than a time, Unix milliseconds; see `pruneHistory`. Answers the bytes that came back. */
export async function pruneInChild(input: PruneQuestion, run: Run): Promise<{ removedBytes: number }> {
  const removedBytes = await runChild<number>({
    script: new URL("./prune-child.ts", import.meta.url),
    input,
    signal: run.signal,
    report: (done, total) => run.progress("prune", done, total),
  });
  return { removedBytes };
}
