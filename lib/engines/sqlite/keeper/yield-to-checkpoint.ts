import { setTimeout as sleep } from "node:timers/promises";
import type { LogRound, OpenWindow } from "./relieve-log.ts";

const COPIED_TRIES = 3;
const ROUNDS = 6;
/** SQLite's busy handler sleeps for at most 100 ms between two tries, so every few rounds it gets one. */
const ROUND_MS = 60;

/**
 * Lets somebody else's waiting checkpoint through (A5): its TRUNCATE would otherwise hold every writer up for its whole busy
 * timeout. No write lock is needed: a newer hold is taken only where the log still ends at what the reader has copied, so
 * that a restart can only happen there.
 * @returns the window, which the caller has to end, or null when nothing was changed
 */
export async function yieldToCheckpoint(round: LogRound): Promise<OpenWindow | null> {
  const { hold, lease, spare } = round;
  const frames = await moveToCopied(round);
  if (frames === null) return null;
  const when = { notBeyond: frames };
  if (spare) await spare.move(when);
  for (let i = 0; i < ROUNDS; i++) {
    await sleep(ROUND_MS);
    if (!(await lease.checkpoint()).busy) break;
    // Once all is backfilled the newer hold is a bridge, and the other one's restart can go on.
    hold.move(when);
    if (spare) await spare.move(when);
  }
  return { frames, full: null };
}

async function moveToCopied({ hold, copied }: LogRound): Promise<number | null> {
  for (let tries = 0; tries < COPIED_TRIES; tries++) {
    const frames = copied ? await copied() : null;
    if (frames === null) return null;
    if (hold.move({ notBeyond: frames })) return frames;
  }
  return null;
}
