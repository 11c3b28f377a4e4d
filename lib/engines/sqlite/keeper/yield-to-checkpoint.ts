import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import type { CheckpointLease } from "./checkpointer.ts";
import type { LogRound, OpenWindow } from "./relieve-log.ts";

const COPIED_TRIES = 3;
const ROUNDS = 6;
/** SQLite's busy handler sleeps for at most 100 ms between two tries, so every few rounds it gets one. */
const ROUND_MS = 60;
const WAKE_PAUSE_MS = 7;
const FIRST_STEP_MS = 150;

/**
 * Lets somebody else's waiting checkpoint through (A5): its TRUNCATE would otherwise hold every writer up for its whole busy
 * timeout. No write lock is needed: a newer hold is taken only where the log still ends at what the reader has copied, so
 * that a restart can only happen there.
 * @returns the window, which the caller has to end, or null when nothing was changed
 */
export async function yieldToCheckpoint(round: LogRound, lease: CheckpointLease): Promise<OpenWindow | null> {
  const frames = await stepAside(round);
  if (frames === null) return null;
  reachPoint("yield.stepped-aside");
  for (let i = 0; i < ROUNDS; i++) {
    await sleep(ROUND_MS);
    if (!(await lease.checkpoint()).busy) break;
    // Once all is backfilled the newer hold is a bridge, and the other one's restart can go on.
    await stepAside(round);
  }
  reachPoint("yield.ended");
  return { frames, full: null };
}

/**
 * Wakes the log and pins it, or pins it without a wake where somebody else's commit has the same effect. While somebody has
 * the write lock it may be a checkpoint that waits for a hold of ours, which would be a deadlock: so the wait steps aside
 * now and then.
 * @param needless asked while waiting; true gives up
 * @returns whether it was pinned
 */
export async function pinLog(round: LogRound, needless = () => false): Promise<boolean> {
  const { hold, signal } = round;
  let stepMs = FIRST_STEP_MS;
  let steppedMs = Date.now();
  while (!hold.tryWake()) {
    if (needless()) return false;
    if (await pinWithoutWake(round)) return true;
    await sleep(WAKE_PAUSE_MS, undefined, { signal });
    if (Date.now() - steppedMs < stepMs) continue;
    await stepAside(round);
    stepMs *= 2;
    steppedMs = Date.now();
  }
  reachPoint("pin.woken");
  hold.move("woken");
  reachPoint("pin.taken");
  await round.moveSpare("woken");
  reachPoint("pin.taken-by-all");
  return true;
}

/**
 * Pins a log whose write lock somebody else has, perhaps a restore that waits for the reader, which in turn waits for our word.
 * A log that is shorter than when it was last held has restarted: then every hold of it is a bridge, and nothing of it can
 * be backfilled. One that is longer has frames behind every hold. Either way a newer hold is a pin.
 */
async function pinWithoutWake({ hold, moveSpare }: LogRound): Promise<boolean> {
  try {
    if (hold.hasRestarted()) {
      hold.move("woken");
      await moveSpare("woken");
      return true;
    }
    // A spare whose hold has not been outgrown would stay on its bridge.
    return hold.hasGrown() && (await moveSpare("grown")) && hold.move("grown");
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** Every keeper's hold to the log's end, if all up to there is copied. The frame, or null when nothing was changed. */
async function stepAside({ hold, copied, moveSpare }: LogRound): Promise<number | null> {
  for (let tries = 0; tries < COPIED_TRIES; tries++) {
    const frames = await copied();
    if (frames === null) return null;
    const when = { notBeyond: frames };
    if (!hold.move(when)) continue;
    reachPoint("yield.hold-moved");
    await moveSpare(when);
    return frames;
  }
  return null;
}
