import { setTimeout as sleep } from "node:timers/promises";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { MoveCondition } from "../capture-protocol.ts";
import type { Checkpointed, CheckpointLease } from "./checkpointer.ts";
import type { LogHold } from "./log-hold.ts";

const CHECKPOINT_TRIES = 6;
const CHECKPOINT_PAUSE_MS = 2;

/** Everybody who has to do with one log. */
export type LogRound = {
  hold: LogHold;
  /** The frame up to which the reader has copied everything; null when nobody can say so: then no restart (A9). */
  copied(): Promise<number | null>;
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
  const { hold, copied, moveSpare, signal } = round;
  const pinnedFrom = hold.look().frames;
  const moved = hold.move("grown");
  if (moved) await moveSpare("grown");
  reachPoint("relieve.moved-on");
  const bulk = await lease.checkpoint();
  reachPoint("relieve.bulk-backfilled");
  if (bulk.busy || !mayRestart) return "idle";
  if (moved && bulk.backfilled < pinnedFrom) return "refused";
  if (!(await hold.lock(signal))) return "idle";
  try {
    reachPoint("restart.lock-taken");
    const { frames } = hold.look();
    if ((await copied()) !== frames) return "refused";
    reachPoint("restart.copied");
    return { frames, full: await bridge(round, lease, frames) };
  } finally {
    hold.unlock();
    reachPoint("restart.rolled-back");
  }
}

/** Under the write lock: pins to the log's end, the rest backfilled, then bridges. */
async function bridge({ hold, moveSpare }: LogRound, lease: CheckpointLease, frames: number): Promise<boolean | null> {
  const when = { notBeyond: frames };
  hold.move(when);
  reachPoint("restart.pin-moved");
  if (!(await moveSpare(when))) return null;
  reachPoint("restart.all-pins-moved");
  const last = await checkpointSoon(lease);
  reachPoint("restart.backfilled");
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
