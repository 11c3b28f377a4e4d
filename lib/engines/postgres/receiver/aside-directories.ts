import { existsSync, readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { readSwapJournal } from "./swap-journal.ts";

/** What a swap sets aside is kept for an undo within a second: for so long, and so many of them. */
export const ASIDE_KEPT_MS = 7 * 24 * 3_600_000;
export const MOST_ASIDE = 3;

/** When each directory was set aside, newest first. */
export function listAside(aside: string, history: string): { restoreId: string; sinceMs: number }[] {
  if (!existsSync(aside)) return [];
  return readdirSync(aside)
    .map((restoreId) => ({ restoreId, sinceMs: sinceOf(aside, history, restoreId) }))
    .sort((a, b) => b.sinceMs - a.sinceMs);
}

function sinceOf(aside: string, history: string, restoreId: string): number {
  return readSwapJournal(history, restoreId)?.stoppedAtMs ?? Math.round(statSync(path.join(aside, restoreId)).ctimeMs);
}

/** Removes what is kept for long enough; each state stays restorable from the history. Answers which. */
export async function removeOldAside(places: { aside: string; history: string }, nowMs: number): Promise<string[]> {
  const removed = listAside(places.aside, places.history).filter(
    ({ sinceMs }, newerOnes) => newerOnes >= MOST_ASIDE || nowMs - sinceMs > ASIDE_KEPT_MS,
  );
  for (const { restoreId } of removed) await rm(path.join(places.aside, restoreId), { recursive: true, force: true });
  return removed.map(({ restoreId }) => restoreId);
}
