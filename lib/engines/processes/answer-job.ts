import { toWireError } from "../../domain/errors.ts";
import { endAtOnce } from "../../end-at-once.ts";
import { explainFileError } from "./explain-file-error.ts";
import type { ChildMessage } from "./run-child.ts";

/** The other end of `runChild`: does the job with the input that the parent gave, and ends the process. */
export async function answerJob<Input>(
  work: (input: Input, report: (done: number, total: number) => void) => unknown,
): Promise<void> {
  // A parent that died takes its job with it.
  process.on("disconnect", endAtOnce);
  let reportedAtMs = 0;
  const report = (done: number, total: number) => {
    if (done < total && Date.now() - reportedAtMs < 100) return;
    reportedAtMs = Date.now();
    send({ report: { done, total } });
  };
  try {
    const answer = await work(JSON.parse(process.argv[2] ?? "null") as Input, report);
    await send({ answer });
  } catch (error) {
    await send({ failed: toWireError(explainFileError(error, "The job failed", "internal")) });
  }
  endAtOnce();
}

function send(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
