import { LastgoodError, toWireError } from "../../../domain/errors.ts";
import type { ChildMessage } from "./run-child.ts";

/** The other end of `runChild`: does the job with the input that the parent gave, and ends the process. */
export async function answerJob<Input>(
  work: (input: Input, report: (done: number, total: number) => void) => unknown,
): Promise<void> {
  // A parent that died takes its job with it.
  process.on("disconnect", () => process.exit(1));
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
    await send({ failed: toWireError(asLastgoodError(error)) });
  }
  process.exit(0);
}

function send(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function asLastgoodError(error: unknown): LastgoodError {
  if (error instanceof LastgoodError) return error;
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new LastgoodError("storage_full", "The disk is full.", { hint: "Free some space and try again." });
  }
  return new LastgoodError("internal", error instanceof Error ? error.message : String(error), {}, { cause: error });
}
