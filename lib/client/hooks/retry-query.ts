import { LastgoodError } from "../../domain/errors.ts";

/** Repeats only what the server calls worth repeating, three times at most: a refusal stays a refusal. */
export function retryQuery(failures: number, error: Error): boolean {
  return failures < 3 && (!(error instanceof LastgoodError) || error.retryable);
}
