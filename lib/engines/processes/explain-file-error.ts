import { type ErrorCode, LastgoodError } from "../../domain/errors.ts";

/**
 * What the file system refused, in words that name the cause and the next step. `failed` begins the sentence ("The pages
 * could not be computed"); `otherwise` is the code where the disk is not simply full.
 */
export function explainFileError(error: unknown, failed: string, otherwise: ErrorCode): LastgoodError {
  if (error instanceof LastgoodError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const say = (kind: ErrorCode, cause: string, hint: string) =>
    new LastgoodError(kind, `${failed}: ${cause}.`, { hint }, { cause: error });
  if (code === "ENOSPC" || code === "EDQUOT") {
    return say("storage_full", "the disk is full", "Free some space and try again.");
  }
  if (code === "EMFILE" || code === "ENFILE") {
    const hint = "Raise the limit of open files (ulimit -n) for Lastgood and try again.";
    return say(otherwise, "the process may not open any more files", hint);
  }
  if (code === "EIO") {
    const hint = "Look for the disk in the machine's own log, replace it if it fails, then try again.";
    return say(otherwise, `a disk reports a failure (${error instanceof Error ? error.message : code})`, hint);
  }
  const text = error instanceof Error ? error.message : String(error);
  return say(otherwise, text, "The cause stands in the message; try again once it is gone.");
}
