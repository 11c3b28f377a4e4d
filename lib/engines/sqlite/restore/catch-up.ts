import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { LastgoodError } from "../../../domain/errors.ts";
import type { CaptureClient } from "../capture-client.ts";

const TRIES = 240;
const PAUSE_MS = 500;

/**
 * Has the history catch up once a database may have been written: what took place must not be reported as failed because the
 * reader is just starting again. Throws `restore_failed` with an unknown outcome when it does not answer for two minutes.
 */
export async function catchUp(
  capture: Pick<CaptureClient, "flush">,
  databaseId: string,
  log: Pick<Logger, "warn">,
  { tries = TRIES, pauseMs = PAUSE_MS }: { tries?: number; pauseMs?: number } = {},
): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      await capture.flush(databaseId);
      return;
    } catch (error) {
      if (left <= 1) throw outOfTouch(error);
      log.warn({ err: error, database: databaseId }, "the history does not answer; it is asked again");
    }
    await sleep(pauseMs);
  }
}

function outOfTouch(cause: unknown): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "Capture does not answer, so nobody can tell whether this took place.",
    { hint: "Check with GET /api/health that keepers and reader run, then look at the database.", outcome: "unknown" },
    { cause },
  );
}
