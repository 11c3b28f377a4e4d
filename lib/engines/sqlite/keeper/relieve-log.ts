import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { MoveCondition } from "../capture-protocol.ts";
import type { Checkpointed, CheckpointLease } from "./checkpointer.ts";
import type { LogHold } from "./log-hold.ts";

const CHECKPOINT_TRIES = 6;
const CHECKPOINT_PAUSE_MS = 2;
/** So many frames are copied and backfilled within a few milliseconds, which is what a window may take. */
const NEAR_FRAMES = 64;
/** The last approach takes what SQLite's own checkpoint at a commit would take in the writer's time. */
const NEAR_ENOUGH_FRAMES = 1000;
const APPROACHES = 6;
/** A log that nobody gets near to the end of is restarted all the same once it is this large, however long that takes. */
const LARGE_LOG_BYTES = 128 * 1024 * 1024;

/** Everybody who has to do with one log. */
export type LogRound = {
  hold: LogHold;
  /** The frame up to which the reader has copied everything; null when nobody can say so: then no restart (A9). */
  copied(): Promise<number | null>;
  /**
   * The same as a promise of nothing, and without haste: what follows within moments finds log and database synced. The
   * frame, or null when the reader is silent.
   */
  near(): Promise<number | null>;
  /** Moves the spare's hold. True when it did, or when there is no spare. */
  moveSpare(when: MoveCondition): Promise<boolean>;
  signal: AbortSignal;
};

/**
 * A window in which the log may have restarted; it ends with a wake and new pins.
 * `frames`: where the log ended when all was copied. `full`: all of it was backfilled and bridged; null when that is not known.
 */
export type OpenWindow = { frames: number; full: boolean | null };

/**
 * Moves the holds forward, backfills what they allow and, where all is copied and nobody reads an older state, opens the
 * restart window (A3): the write lock is held only from "copied?" until every keeper bridges.
 * @returns the window, which the caller has to end; `idle` when there was nothing to open; `refused` when trying again soon
 *   is of no use, because the reader is silent or somebody's old read transaction keeps the log
 */
export async function relieveLog(
  round: LogRound,
  lease: CheckpointLease,
  mayRestart: boolean,
): Promise<OpenWindow | "idle" | "refused"> {
  const { hold, signal } = round;
  const approached = await approachEnd(round, lease, mayRestart);
  if (approached !== "near") return approached;
  if (!(await hold.lock(signal))) return "idle";
  try {
    reachPoint("restart.lock-taken");
    const { frames } = hold.look();
    // The pins go on holding the log, so the rest may be backfilled while the reader copies it.
    const [copied, last] = await Promise.all([round.copied(), backfillRest(round, lease)]);
    if (copied !== frames) return "refused";
    reachPoint("restart.copied");
    return { frames, full: await bridge(round, lease, frames, last) };
  } finally {
    hold.unlock();
    reachPoint("restart.rolled-back");
  }
}

/**
 * Brings backfill and reader close to the log's end while everybody goes on writing, so that little is left to be done under
 * the write lock. Each approach has only to deal with what was written during the one before.
 */
async function approachEnd(
  { hold, near, moveSpare }: LogRound,
  lease: CheckpointLease,
  mayRestart: boolean,
): Promise<"near" | "idle" | "refused"> {
  for (let tries = 1; ; tries++) {
    const pinnedFrom = hold.look().frames;
    const moved = hold.move("grown");
    if (moved) await moveSpare("grown");
    reachPoint("relieve.moved-on");
    const bulk = await lease.checkpoint();
    reachPoint("relieve.bulk-backfilled");
    if (!mayRestart) return "idle";
    if (!bulk.busy) {
      if (moved && bulk.backfilled < pinnedFrom) return "refused";
      const copied = await near();
      if (copied === null) return "refused";
      const { frames } = hold.look();
      const isLast = tries >= APPROACHES;
      if (frames - Math.min(copied, bulk.backfilled) <= (isLast ? NEAR_ENOUGH_FRAMES : NEAR_FRAMES)) return "near";
      if (isLast) return frames * hold.pageSize > LARGE_LOG_BYTES ? "near" : "idle";
    }
    if (tries >= APPROACHES) return "idle";
    if (bulk.busy) await sleep(CHECKPOINT_PAUSE_MS);
  }
}

/** Under the write lock: real pins to the log's end, and the rest backfilled. */
async function backfillRest({ hold, moveSpare }: LogRound, lease: CheckpointLease): Promise<Checkpointed> {
  hold.move("grown");
  reachPoint("restart.pin-moved");
  await moveSpare("grown");
  reachPoint("restart.all-pins-moved");
  const last = await checkpointSoon(lease);
  reachPoint("restart.backfilled");
  return last;
}

/** Under the write lock, with all of the log copied: every keeper bridges. */
async function bridge(
  { hold, moveSpare }: LogRound,
  lease: CheckpointLease,
  frames: number,
  backfilled: Checkpointed,
): Promise<boolean | null> {
  const when = { notBeyond: frames };
  let last = backfilled;
  if (!last.busy && last.backfilled !== frames) {
    // A commit that came while a pin was taken left it a little before the end.
    hold.move(when);
    if (!(await moveSpare(when))) return null;
    last = await checkpointSoon(lease);
  }
  if (last.busy) return null;
  if (last.frames !== frames || last.backfilled !== frames) return false;
  if (!(await moveSpare(when))) return null;
  reachPoint("restart.spare-bridged");
  hold.move(when);
  reachPoint("restart.all-bridged");
  return true;
}

/** A committing writer tries a checkpoint of its own and is done with it at once: that is worth a moment's wait. */
async function checkpointSoon(lease: CheckpointLease): Promise<Checkpointed> {
  for (let tries = 1; ; tries++) {
    const done = await lease.checkpoint();
    if (!done.busy || tries === CHECKPOINT_TRIES) return done;
    await sleep(CHECKPOINT_PAUSE_MS);
  }
}
