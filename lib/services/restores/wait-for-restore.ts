import { setTimeout as sleep } from "node:timers/promises";
import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { readRestore } from "./create-restore.ts";

/** The agent tells the end; the row is looked at as well, for the case that the agent is not there. */
const LOOK_EVERY_MS = 250;
const ASK_FOR_MS = 20_000;
const nobodyTells = () => new Promise<boolean>(() => undefined);

/** Waits until a restore has ended, at most `timeoutMs`; then, or when the caller went away, answers how far it is. */
export async function waitForRestore(restoreId: string, timeoutMs: number, signal?: AbortSignal): Promise<RestoreView> {
  const untilMs = Date.now() + timeoutMs;
  const { database: owner } = await metadata().restore.findUniqueOrThrow({
    where: { id: restoreId },
    select: { database: { select: { agentId: true } } },
  });
  let told: Promise<boolean> | null = null;
  for (;;) {
    // Asked before the row is read: an end between the two is not missed.
    told ??= askForEnd(owner, restoreId);
    const row = await metadata().restore.findUniqueOrThrow({ where: { id: restoreId }, select: { openKey: true } });
    if (row.openKey === null || Date.now() >= untilMs || signal?.aborted) return readRestore(restoreId);
    const heard = await Promise.race([told, sleep(Math.min(LOOK_EVERY_MS, untilMs - Date.now()), null)]);
    if (heard === false) told = null;
    // Told although the row is still open: from now on there is only the row.
    if (heard === true) told = nobodyTells();
  }
}

async function askForEnd(owner: { agentId: string }, restoreId: string): Promise<boolean> {
  try {
    return await askAgentOf(owner, "restoreEnded", { restoreId, timeoutMs: ASK_FOR_MS }, 2 * ASK_FOR_MS);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return nobodyTells();
  }
}
