import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { History } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { emptyVerdict, judgeHistory, judgeSurvived, type Verdict } from "./judge-history.ts";
import type { Dice, Plan } from "./plan-round.ts";
import type { PowerDatabase } from "./power-database.ts";
import type { PowerWorld } from "./power-world.ts";

/** A place that is not reached by then is not waited for: the power is cut at this moment instead. */
const STOP_WITHIN_MS = 2500;
const MOST_LATE = 3;

/** What was found after the last cut; `isOver` when this round has been cut while everything started. */
export type Started = { verdicts: Verdict[]; isOver: boolean };

/** Starts everything after the last cut and compares it. Without a plan nothing is cut any more. */
export async function startAndJudge(world: PowerWorld, plan: Plan | null): Promise<Started> {
  const verdicts = world.databases.map(judgeSurvived);
  if (plan?.scene === "restart") world.armStop();
  await world.start(plan?.stop ?? null);
  if (plan?.writersFirst) {
    for (const database of world.databases) {
      // Judged already by what survived: whatever was restored lives on.
      if (database.heard.restore?.isDone) database.heard.restore = null;
      database.go();
    }
  }
  if (plan?.scene === "restart") {
    await moment(world, plan);
    return { verdicts, isOver: true };
  }
  const problem = await world.untilProtected();
  if (problem) verdicts.push({ ...emptyVerdict("FULL"), lost: [problem, ...unreadable(world)] });
  else verdicts.push(...(await judge(world, plan?.writersFirst ?? false)));
  return { verdicts, isOver: false };
}

/** What became of each database, captured again. */
async function judge(world: PowerWorld, areWriting: boolean): Promise<Verdict[]> {
  const verdicts: Verdict[] = [{ ...emptyVerdict("FULL"), lost: world.judgeRegistry() }];
  for (const database of world.databases) {
    if (areWriting) {
      await database.hold();
      database.survived = null;
    }
    if (database.isProtected) await world.flush(database);
    verdicts.push(await judgeHistory(database, world.stateReader, world.folder));
    if (database.heard.restore?.isDone) database.heard.restore = null;
  }
  return verdicts;
}

/** Bookmarks that were told of databases that are captured no more. */
function unreadable(world: PowerWorld): string[] {
  return world.databases.flatMap(({ heard, historyDirectory }) => {
    try {
      verifyHistory(historyDirectory);
      return [];
    } catch (error) {
      return [...heard.told.keys()].map((bookmark) => `${bookmark} was told, now: ${String(error)}`);
    }
  });
}

/** Plays the scene until the moment of the cut; answers the place at which the engine then stands, if it does. */
export async function play(world: PowerWorld, plan: Plan, dice: Dice): Promise<string | null> {
  // What tellers ask for is synced, and with it, on the same disk, the names of all other files.
  const tellers = plan.scene === "register" ? null : new Tellers(world, dice);
  try {
    await completeTasks(world);
    world.armStop();
    await begin(world, plan, dice);
    return await moment(world, plan);
  } finally {
    tellers?.stop();
  }
}

/** What the last cut interrupted is done again first. */
async function completeTasks(world: PowerWorld): Promise<void> {
  for (const database of world.databases) {
    const { heard, db } = database;
    if (!database.isProtected) {
      world.order({ task: "protect", db });
      await world.until(() => database.isProtected, "protected");
    }
    const { restore } = heard;
    if (restore && !restore.isDone) {
      world.order({ task: "restore", db, restoreId: restore.restoreId, to: restore.to });
      await world.until(() => restore.isDone, "restored");
    }
  }
}

async function begin(world: PowerWorld, plan: Plan, dice: Dice): Promise<void> {
  if (plan.scene === "idle") return;
  if (plan.scene === "register") return register(world);
  const chosen = plan.scene === "restore" ? restorable(world, dice) : null;
  for (const database of world.databases) {
    if (database === chosen) continue;
    // Whatever was restored lives on.
    database.heard.restore = null;
    if (database.kind !== "hosted") database.go();
    else if (database.isProtected && plan.hosted)
      world.order({ task: "host", db: database.db, from: database.heard.highest + 1 });
  }
  await sleep(plan.scene === "prune" ? 100 : 0);
  if (chosen) restore(world, chosen, plan, dice);
  if (plan.scene === "prune") prune(world, dice);
  if (plan.scene === "base") await attachLate(world, dice);
}

/** A change of the registry, each time to one day more: the power is cut as soon as it is told done. */
async function register(world: PowerWorld): Promise<void> {
  for (const { db, heard } of world.databases) {
    const windowDays = (heard.windowDays ?? db.windowDays) + 1;
    world.order({ task: "register", db: { ...db, windowDays } });
    await world.until(() => heard.windowDays === windowDays, "registered");
  }
}

function restorable(world: PowerWorld, dice: Dice): PowerDatabase | null {
  const candidates = world.databases.filter((one) => one.restorable.size > 0 && !one.heard.restore);
  return candidates[dice.below(candidates.length)] ?? null;
}

function restore(world: PowerWorld, { db, heard, restorable }: PowerDatabase, plan: Plan, dice: Dice): void {
  const [to, counter] = [...restorable][dice.below(restorable.size)] ?? [];
  if (to === undefined || counter === undefined) return;
  const restoreId = randomUUID();
  heard.restoreBegins(restoreId, to, counter);
  world.order({ task: "restore", db: { ...db, restoreWay: plan.byBackup ? "backup" : "append" }, restoreId, to });
}

function prune(world: PowerWorld, dice: Dice): void {
  const candidates = world.databases.filter(({ isProtected }) => isProtected);
  const database = candidates[dice.below(candidates.length)];
  if (!database) return;
  const history = new History(database.historyDirectory);
  const [oldest, newest] = [history.oldest(), history.newest()];
  const kept = history.byTxid(oldest.txid + Math.floor((newest.txid - oldest.txid) * (0.3 + dice.below(60) / 100)));
  history.close();
  if (!kept) return;
  database.heard.keepFromMs = Math.max(database.heard.keepFromMs, kept.timeMs);
  world.order({ task: "prune", db: database.db, keepFromMs: kept.timeMs });
}

async function attachLate(world: PowerWorld, dice: Dice): Promise<void> {
  const late = world.databases.filter(({ db }) => db.name.startsWith("late")).length;
  if (late >= MOST_LATE) return;
  const added = await world.addDatabase(`late-${late}`, dice.of(["FULL", "NORMAL"]), dice.below(4) * 1024 * 1024);
  added.go();
  world.order({ task: "protect", db: added.db });
}

/** Waits for the moment of the cut. */
async function moment(world: PowerWorld, { stop, afterMs }: Plan): Promise<string | null> {
  if (!stop) {
    await sleep(afterMs);
    return null;
  }
  return Promise.race([world.stopped(), sleep(STOP_WITHIN_MS, null)]);
}

/** Ask the reader again and again what is durable by now, as the agent does for whoever wants a bookmark. */
class Tellers {
  #isOver = false;
  readonly #world: PowerWorld;

  constructor(world: PowerWorld, dice: Dice) {
    this.#world = world;
    for (const database of world.databases) void this.#ask(database, dice);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #ask(database: PowerDatabase, dice: Dice): Promise<void> {
    const { heard, db } = database;
    while (!this.#isOver) {
      await sleep(2 + dice.below(15));
      if (!database.isProtected) continue;
      const atLeast = heard.newest;
      const watermark = dice.below(8) === 0;
      const wasRestoring = heard.restore !== null;
      const mark = dice.below(16) === 0 ? randomUUID() : null;
      try {
        await this.#world.ask(async (reader) => {
          const told = await reader.ask("flush", { database: db.id, watermark }, 5000);
          heard.tell(told.bookmark, wasRestoring || heard.restore ? 0 : atLeast);
          if (watermark) heard.resolved.push({ atMs: told.watermarkMs, txid: told.txid });
          if (!mark) return;
          await reader.ask("annotate", { database: db.id, note: { kind: "mark", mark } }, 5000);
          heard.notes.add(mark);
        });
      } catch {
        // The reader is gone, or stands still: what it has not told is not expected of it.
      }
    }
  }
}
