import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** What is said of a database whose capture does not answer, or answers with an error. */
export function stoppedStatus(databaseId: string, error: unknown): CaptureStatus {
  const known = error instanceof LastgoodError ? error : null;
  return {
    databaseId,
    state: "stopped",
    progress: null,
    problem: {
      cause: known?.message ?? "Capture does not answer.",
      remedy: known?.details.hint ?? "Check with GET /api/health that keepers and reader run.",
    },
    last: null,
    capturedThroughMs: null,
    spare: false,
    databaseBytes: null,
    historyBytes: null,
  };
}
