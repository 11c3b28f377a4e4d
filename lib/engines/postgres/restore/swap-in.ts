import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Restored } from "../../../domain/restore.ts";
import type { ProtectedDatabase, RestoreAround, Run } from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { readSwapJournal } from "../receiver/swap-journal.ts";
import type { SwapOrder, Swapped } from "../receiver-protocol.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";

/** Longer than a server may take to stop and to start. */
const SWAP_WITHIN_MS = 120_000;
const SETTLED_WITHIN_MS = 10 * 60_000;
const ASK_AGAIN_MS = 500;

/** A stopped state that can be swapped in. */
export type ReadyState = Pick<SwapOrder, "from" | "parent" | "timeline">;

export type SwapGoal = {
  /** The state that is wanted. */
  reached: { bookmark: Bookmark; timeMs: number };
  /** Whether it is what serves now, so that nothing has to be done. */
  isThere(): Promise<boolean>;
  /** Finds it, or makes it: everything that takes time. */
  makeReady(run: Run): Promise<ReadyState>;
  /** Whether everything from now on is restorable only once a base backup of the new state counts. */
  needsBase: boolean;
};

/**
 * Exchanges a cluster's data directory for one with the wanted state, which is made ready beside while the cluster serves.
 * `restoreId` makes a repeat harmless: what the receiver has begun under it is gone on with, and answered as it was.
 */
export async function swapIn(
  context: PostgresContext,
  db: ProtectedDatabase,
  { restoreId, goal, run, around }: { restoreId: string; goal: SwapGoal; run: Run; around: RestoreAround },
): Promise<Restored> {
  const clock = new StageClock(run);
  if (around.holdWritesMs !== null) throw cannotHold();
  const places = context.places(db);
  const done = await settled(context, db.id, restoreId);
  if (done) return finish(done);
  if (await goal.isThere()) {
    const { reached } = goal;
    return { reached, restoreBookmark: null, previous: reached, pages: 0, timings: clock.end() };
  }
  clock.enter("prepare");
  let order: SwapOrder;
  try {
    const ready = await goal.makeReady({ ...run, progress: (_, done, total) => clock.report(done, total) });
    order = { database: db.id, restoreId, origin: goal.reached.bookmark, ...ready };
    await around.before();
    run.signal.throwIfAborted();
    await run.goAhead?.();
    run.signal.throwIfAborted();
  } catch (error) {
    await removeMade();
    throw error;
  }
  clock.enter("apply");
  run.note?.("The server stops and starts on the restored state: every connection ends, and is to be made anew.");
  try {
    return await finish(await ask(context, order, run));
  } catch (error) {
    if (isNothing(error)) await removeMade();
    throw error;
  }

  async function removeMade(): Promise<void> {
    await rm(path.join(places.work, restoreId), { recursive: true, force: true });
  }

  async function finish(swapped: Swapped): Promise<Restored> {
    clock.enter("check");
    await removeMade();
    if (goal.needsBase) await takeBase(context, db.id, restoreId);
    const restored: Restored = {
      reached: goal.reached,
      restoreBookmark: swapped.started.bookmark as Bookmark,
      previous: { bookmark: swapped.previous.bookmark as Bookmark, timeMs: swapped.previous.timeMs },
      pages: 0,
      timings: withDowntime(clock.end(), Math.round(swapped.downtimeMs)),
    };
    await around.after(restored);
    return restored;
  }
}

/** What people want to know of the swap is for how long nothing served; the rest of it was preparation. */
function withDowntime(timings: Restored["timings"], downtimeMs: number): Restored["timings"] {
  const { prepare = 0, apply = downtimeMs } = timings;
  return { ...timings, prepare: prepare + Math.max(0, apply - downtimeMs), apply: downtimeMs };
}

/** The state of a stopped recovery, which lies where it was made. */
export async function stopReady(server: RecoveredServer, incarnation: number | null): Promise<ReadyState> {
  await server.stop();
  const { directory, timeline, forkLsn } = server;
  return { from: directory, timeline, parent: incarnation === null ? null : { incarnation, uptoLsn: forkLsn } };
}

/**
 * What an earlier swap has set aside and is exactly that state: the last one of a stretch. Null: there is none, so it is restored as
 * any other.
 */
export function findAside(context: PostgresContext, db: ProtectedDatabase, to: Bookmark): ReadyState | null {
  const { aside, history } = context.places(db);
  if (!existsSync(aside)) return null;
  const { stretches } = context.historyOf(db);
  for (const restoreId of readdirSync(aside)) {
    const journal = readSwapJournal(history, restoreId);
    if (journal?.swapped?.previous.bookmark !== to || !existsSync(path.join(aside, restoreId, "PG_VERSION"))) continue;
    const began = stretches.find((stretch) => stretch.restoreId === restoreId);
    const ended = stretches.findLast((stretch) => began !== undefined && stretch.activation < began.activation);
    if (!ended?.endLsn || ended.endLsn !== journal.endLsn) continue;
    const { incarnation, timeline, endLsn: uptoLsn } = ended;
    return { from: path.join(aside, restoreId), parent: { incarnation, uptoLsn }, timeline };
  }
  return null;
}

/** What was begun under that id, once it has come to its end. */
async function settled(context: PostgresContext, database: string, restoreId: string): Promise<Swapped | null> {
  const { swapped } = await context.receiver.ask("swapped", { database, restoreId }, SWAP_WITHIN_MS);
  return swapped;
}

/**
 * Has it swapped. Whatever happens to the receiver meanwhile, it is asked until it knows how the swap has ended: only its answer says
 * which state serves.
 */
async function ask(context: PostgresContext, order: SwapOrder, run: Run): Promise<Swapped> {
  const untilMs = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    try {
      return await context.receiver.ask("swap", order, SWAP_WITHIN_MS);
    } catch (error) {
      if (isNothing(error) || performance.now() > untilMs) throw error;
      context.log.warn({ err: error, restoreId: order.restoreId }, "the receiver is asked again how a swap has ended");
      run.signal.throwIfAborted();
      await sleep(ASK_AGAIN_MS);
    }
  }
}

/** It took place, and is not told as failed because a backup was not taken: the receiver goes on trying. */
async function takeBase(context: PostgresContext, database: string, restoreId: string): Promise<void> {
  try {
    await context.receiver.ask("base", { database, label: `lastgood after ${restoreId}` }, SETTLED_WITHIN_MS);
  } catch (error) {
    context.log.warn({ err: error, restoreId }, "there is no base backup of the restored state yet");
  }
}

/** Whether what served before serves on. */
export const isNothing = (error: unknown): boolean =>
  error instanceof LastgoodError && error.details.outcome === "nothing";

function cannotHold(): LastgoodError {
  return new LastgoodError("restore_failed", "Writes cannot be held around this restore: the server stops for it.", {
    hint: "Nothing was changed. Restore without holding writes; what is committed until the server stops can be gone back to.",
    outcome: "nothing",
  });
}
