import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { readRestore } from "./create-restore.ts";

const POLL_MS = 25;

/** Waits until a restore has ended, at most `timeoutMs`; then, or when the caller went away, answers how far it is. */
export async function waitForRestore(restoreId: string, timeoutMs: number, signal?: AbortSignal): Promise<RestoreView> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const row = await metadata().restore.findUniqueOrThrow({ where: { id: restoreId }, select: { openKey: true } });
    if (row.openKey === null || Date.now() >= untilMs || signal?.aborted) return readRestore(restoreId);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
