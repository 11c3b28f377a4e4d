import { askAgain, askBookmark, askDensity, askList, askTime, askWindow } from "./ask-questions.ts";
import { compareLive, compareState } from "./compare-states.ts";
import { prune, restore } from "./go-back.ts";
import { type Action, CONNECTIONS, type Outage } from "./make-action.ts";
import type { World } from "./world.ts";
import { WriterFailed } from "./writer-process.ts";

const SQLITE_BUSY = 5;
/** What is left out where the database has a gigabyte. */
const TAKES_LONG = new Set<Action["do"]>(["vacuum", "prune", "compare-live"]);

/** Does one action; how many steps that were, 0 when the world had no use for it. */
export async function performAction(world: World, action: Action): Promise<number> {
  if (action.do === "write") {
    await world.endHeld("write");
    await endOn(world, action.on);
    // Where nobody keeps the log, the oracle looks after each one.
    const together = world.rig.keepers.count === 0 ? action.transactions.map((one) => [one]) : [action.transactions];
    for (const transactions of together) await world.ask({ ask: "run", on: action.on, transactions }, action.settings);
    world.counts.transactions += action.transactions.length;
    return action.transactions.length;
  }
  return (await performOne(world, action)) ? 1 : 0;
}

async function performOne(world: World, action: Exclude<Action, { do: "write" }>): Promise<boolean> {
  if (world.shape.atLockByte && TAKES_LONG.has(action.do)) return false;
  switch (action.do) {
    case "begin":
      await world.endHeld("write");
      await endOn(world, action.on);
      await world.ask({ ask: "begin", on: action.on, operations: action.operations }, action.settings);
      world.open.set(action.on, "write");
      return true;
    case "read":
      if (world.open.get(action.on)) return false;
      await world.ask({ ask: "read", on: action.on }, action.settings);
      world.open.set(action.on, "read");
      return true;
    case "end":
      return world.endHeld("all", action.end);
    case "checkpoint":
      return checkpoint(world, action);
    case "vacuum":
      await world.endHeld("write");
      await endOn(world, action.on);
      await world.ask({ ask: "vacuum", on: action.on }, action.settings);
      world.counts.vacuums++;
      return true;
    case "close":
      return close(world, action);
    case "kill-writers":
      return killWriters(world, action);
    case "flush":
      return world.flush();
    case "ask-time":
      return askTime(world, action);
    case "ask-again":
      return askAgain(world, action);
    case "ask-bookmark":
      return askBookmark(world, action);
    case "list":
      return askList(world, action);
    case "density":
      return askDensity(world, action);
    case "window":
      return askWindow(world);
    case "compare":
      return compareState(world, action);
    case "compare-live":
      return compareLive(world, action.check);
    case "clock":
      world.time.nowMs += action.jumpMs;
      world.counts.clockJumps++;
      return true;
    case "rest":
      world.time.skip(6000);
      world.reader?.poll();
      await world.buryDead();
      return world.reader !== null;
    case "prune":
      return prune(world, action);
    case "restore":
      return restore(world, action);
    default:
      return performCrash(world, action);
  }
}

type Crash = Extract<
  Action,
  { do: "crash-reader" | "end-reader" | "start-reader" | "end-keeper" | "end-keepers" | "start-keepers" }
>;

async function performCrash(world: World, action: Crash): Promise<boolean> {
  const { keepers } = world.rig;
  switch (action.do) {
    case "crash-reader":
      if (!world.reader) return false;
      world.reader.life.dieAfter(action.afterCalls);
      return true;
    case "end-reader":
      if (!world.reader) return false;
      await world.reader.close();
      world.reader = null;
      world.seeBookmarks();
      world.counts.readerRestarts++;
      return true;
    case "start-reader":
      if (world.reader) return false;
      await world.startReader();
      if (keepers.count > 0) await world.untilProtected();
      return true;
    case "end-keeper": {
      if (keepers.count < 2) return false;
      await world.untilHeld();
      await keepers.end(action.which, action.how);
      world.counts.keeperKills++;
      await world.endHeld("write");
      await world.untilHeld();
      return true;
    }
    case "end-keepers":
      if (keepers.count === 0) return false;
      await world.endHeld("write");
      world.mayGap = true;
      await keepers.endAll(action.how);
      world.counts.keeperPairsLost++;
      await suffer(world, action.outage);
      return true;
    case "start-keepers":
      if (keepers.count === 2) return false;
      await world.startKeepers();
      if (world.reader) await world.untilProtected();
      return true;
  }
}

async function suffer(world: World, outage: Outage): Promise<void> {
  if (outage === "truncate") {
    await world.endHeld("all");
    const settings = { cachePages: 100, autoCheckpoint: 1, synchronous: "OFF" } as const;
    await world.ask({ ask: "checkpoint", on: "a0", mode: "TRUNCATE", waitMs: 0 }, settings);
  } else if (outage === "last-close") {
    await close(world, { do: "close", all: true, on: "a0" });
  } else if (outage !== "nothing") {
    world.reader?.life.die();
    await world.buryDead();
    if (outage === "reader-dies") return;
    await Promise.all([world.rig.restartWriters("a"), world.rig.restartWriters("b")]);
    world.open.clear();
    world.counts.writerKills += 2;
  }
}

async function checkpoint(world: World, action: Extract<Action, { do: "checkpoint" }>): Promise<boolean> {
  const { on, mode, settings, isPatient } = action;
  await world.endHeld("write");
  await endOn(world, on);
  try {
    await world.ask({ ask: "checkpoint", on, mode, waitMs: isPatient ? 2000 : 0 }, settings);
  } catch (error) {
    if (!(error instanceof WriterFailed) || error.code !== SQLITE_BUSY) throw error;
  }
  world.counts.checkpoints++;
  return true;
}

async function close(world: World, { all, on }: Extract<Action, { do: "close" }>): Promise<boolean> {
  if (!all) return world.close(on);
  let closed = false;
  for (const one of CONNECTIONS) closed = (await world.close(one)) || closed;
  return closed;
}

/** A process of writers dies, idle or on the way through some transactions; nobody's index must stay half written. */
async function killWriters(world: World, action: Extract<Action, { do: "kill-writers" }>): Promise<boolean> {
  const { rig } = world;
  await world.endHeld("write");
  const mine = CONNECTIONS.filter((on) => on.startsWith(action.process));
  const [on] = mine;
  const isBusy =
    rig.keepers.count > 0 && action.busy.length > 0 && on !== undefined && world.open.has(on) && !world.open.get(on);
  const running = isBusy ? rig.writers[action.process].ask({ ask: "run", on, transactions: action.busy }) : null;
  running?.catch(() => undefined);
  if (isBusy) await new Promise((resolve) => setTimeout(resolve, action.busy.length - 1));
  await rig.restartWriters(action.process);
  for (const one of mine) world.open.delete(one);
  const other = action.process === "a" ? "b0" : "a0";
  // Whoever reads next repairs what the dead one may have left half written.
  await rig.writers[action.process === "a" ? "b" : "a"].ask({ ask: "image", file: world.file });
  if (world.open.get(other) === "read") await world.endHeld("all");
  world.oracle.catchUp();
  world.counts.writerKills++;
  return true;
}

async function endOn(world: World, on: (typeof CONNECTIONS)[number]): Promise<void> {
  if (world.open.get(on)) await world.endHeld("all");
}
