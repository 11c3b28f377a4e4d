import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseBookmark } from "../../../lib/domain/bookmark.ts";
import type { Restored } from "../../../lib/domain/restore.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "../../../lib/engines/sqlite/history/format.ts";
import type { Chance } from "../apply-torture.ts";
import type { Arm } from "./kill-at-point.ts";
import { KILL_POINTS, type KillPoint, type Scene } from "./kill-points.ts";
import type { KillWorld, RestoreWish } from "./kill-world.ts";
import type { NumberedDatabase } from "./numbered-database.ts";

/** A point that is not reached by then is left for another time. */
const REACHED_WITHIN_MS = 20_000;
/** How far back restores go, commits. */
const BACK = 100;
const MOST_REPEATS = 3;
/** How long writes are held around a restore. */
const HELD_MS = 2000;
/** Reached in the agent itself, not in a child of it. */
const AGENT_PARTS = /^(restore|file)\./;
const PAGE_SIZES = [512, 1024, 4096, 8192, 65536];

type Way = (arm: Arm, point: KillPoint) => Promise<void>;

/** Brings about that a process dies at a point, starts what died again, and checks what can be checked at once. */
export class KillScenes {
  readonly #world: KillWorld;
  readonly #chance: Chance;
  readonly #ways: Record<Scene, Way>;

  constructor(world: KillWorld, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
    const reader = (provoke: () => void) => (arm: Arm) => this.#readerDies(arm, provoke);
    this.#ways = {
      load: (arm, point) => this.#underLoad(arm, point),
      "big commit": reader(() => this.#pick().begin("big")),
      truncate: (arm) => this.#primaryDies(arm, () => this.#pick().begin("truncate")),
      watermark: reader(() => void this.#world.pair.flush(this.#pick().id, true).catch(noAnswer)),
      note: reader(() => void this.#world.pair.annotate(this.#pick().id, { kind: "test" }).catch(noAnswer)),
      "new database": (arm, point) => this.#newDatabase(arm, point),
      unwatched: (arm) => this.#unwatched(arm),
      ending: (arm) => this.#readerDies(arm, () => void this.#world.reader.stdin?.end()),
      start: (arm) => this.#starting(arm),
      "start with leftovers": (arm) => this.#starting(arm, leaveUnfinished),
      "start with a lost mirror": (arm) => this.#starting(arm, loseChecksums),
      "start with a stale mirror": (arm) => this.#starting(arm, undefined, "mirror.sized"),
      "start with a damaged mirror": (arm) => this.#starting(arm, damageMirror),
      "spare starts": (arm) => this.#spareStarts(arm),
      "spare joins": (arm) => this.#spareJoins(arm),
      takeover: (arm) => this.#takeover(arm),
      prune: (arm) => this.#prune(arm),
      restore: (arm, point) => this.#restore(arm, point, "append"),
      "restore with held writes": (arm, point) => this.#restore(arm, point, "append", HELD_MS),
      "restore by backup": (arm, point) => this.#restore(arm, point, "backup"),
    };
  }

  /** One kill at a point, if it is reached. */
  async play(name: string, isTorn: boolean): Promise<void> {
    const point = KILL_POINTS[name];
    if (!point) throw new Error(`${name} is no point`);
    const nth = 1 + this.#chance.below(point.upTo ?? 1);
    await this.#ways[point.scene]({ point: name, nth, torn: isTorn && point.torn === true }, point);
  }

  #pick(): NumberedDatabase {
    return this.#chance.pick(this.#world.databases);
  }

  async #underLoad(arm: Arm, { victim }: KillPoint): Promise<void> {
    if (victim === "reader") return this.#readerDies(arm);
    if (victim === "primary") return this.#primaryDies(arm);
    return this.#keeperDies(1, arm);
  }

  async #readerDies(arm: Arm, provoke?: () => void): Promise<void> {
    const world = this.#world;
    world.arm(world.reader, arm);
    provoke?.();
    await world.diesAt(world.reader, REACHED_WITHIN_MS);
    world.startReader();
    await world.checkAll();
  }

  #primaryDies(arm: Arm, provoke?: () => void): Promise<void> {
    return this.#keeperDies(0, arm, provoke);
  }

  async #keeperDies(index: 0 | 1, arm: Arm, provoke?: () => void): Promise<void> {
    const world = this.#world;
    const keeper = world.keepers()[index];
    if (!keeper) throw new Error("two keepers live");
    world.arm(keeper, arm);
    const timer = provoke && setInterval(provoke, 400);
    await world.diesAt(keeper, REACHED_WITHIN_MS);
    clearInterval(timer);
    world.startKeeper();
    await world.kept();
    await world.checkAll();
  }

  /** The reader dies somewhere else first, and then while it starts again. */
  async #starting(arm: Arm, prepare?: (database: NumberedDatabase) => void, first?: string): Promise<void> {
    const world = this.#world;
    const begun = this.#chance.pick(["capture.block-written", "capture.block-synced", "mirror.page-written"]);
    world.arm(world.reader, { point: first ?? begun, nth: 1 + this.#chance.below(5) });
    await world.diesAt(world.reader, REACHED_WITHIN_MS);
    prepare?.(this.#pick());
    await world.diesAt(world.startReader([arm]), REACHED_WITHIN_MS);
    world.startReader();
    await world.checkAll();
  }

  /** Reader or keeper die while the first image of a new database is made. */
  async #newDatabase(arm: Arm, { victim }: KillPoint): Promise<void> {
    const world = this.#world;
    const child = victim === "reader" ? world.reader : world.keepers()[0];
    if (!child) throw new Error("keepers and reader live");
    world.arm(child, arm);
    const database = await world.addDatabase(this.#chance.pick(PAGE_SIZES));
    await world.diesAt(child, REACHED_WITHIN_MS);
    if (victim === "reader") world.startReader();
    else world.startKeeper();
    await world.captured(database);
    await sleep(this.#chance.below(200));
    if (victim !== "reader") await world.kept();
    await world.check(database);
    database.checker?.recheck();
    await world.dropDatabase(database);
    await world.checkAll();
  }

  /** A database is written while nobody holds its log; the reader dies while it compares. */
  async #unwatched(arm: Arm): Promise<void> {
    const world = this.#world;
    const database = this.#pick();
    await world.check(database);
    world.pair.unregister(database.id);
    await world.unwatched(database.id);
    await database.tell("close");
    await database.tell("go");
    await database.tell("truncate");
    await sleep(100);
    world.arm(world.reader, arm);
    if (database.checker) database.checker.gapsAllowed++;
    world.pair.register(database.id, database.file);
    await world.diesAt(world.reader, REACHED_WITHIN_MS);
    world.startReader();
    await world.kept();
    await world.checkAll();
  }

  async #spareStarts(arm: Arm): Promise<void> {
    const world = this.#world;
    const [, spare] = world.keepers();
    if (spare) await world.kill(spare);
    await world.diesAt(world.startKeeper([arm]), REACHED_WITHIN_MS);
    world.startKeeper();
    await world.kept();
    await world.checkAll();
  }

  /** The primary dies while the spare that is to take its place has not joined yet: the log may be lost. */
  async #spareJoins(arm: Arm): Promise<void> {
    const world = this.#world;
    const [primary, spare] = world.keepers();
    if (!primary || !spare) throw new Error("two keepers live");
    world.arm(primary, arm);
    await world.kill(spare);
    world.startKeeper();
    this.#allowGap();
    await world.diesAt(primary, REACHED_WITHIN_MS);
    world.startKeeper();
    await world.kept();
    await world.checkAll();
  }

  /** The spare dies just when it takes the place of the primary that died: nobody holds the logs for a moment. */
  async #takeover(arm: Arm): Promise<void> {
    const world = this.#world;
    const [primary, spare] = world.keepers();
    if (!primary || !spare) throw new Error("two keepers live");
    world.arm(spare, arm);
    this.#allowGap();
    await world.kill(primary);
    await world.diesAt(spare, REACHED_WITHIN_MS);
    world.startKeeper();
    world.startKeeper();
    await world.kept();
    await world.checkAll();
  }

  #allowGap(): void {
    for (const { checker } of this.#world.databases) if (checker) checker.gapsAllowed++;
  }

  /** Pruning dies and is done again: no state of the window may be gone or changed. */
  async #prune(arm: Arm): Promise<void> {
    const world = this.#world;
    const database = this.#pick();
    const { checker, historyDirectory } = database;
    if (!checker) throw new Error("the database is captured");
    await world.check(database);
    // At least two segments are to go.
    for (; checker.sealedStarts().length < 3; await world.check(database)) await sleep(50);
    const keepFromMs = checker.timeOf((checker.sealedStarts().at(-1) ?? 1) + this.#chance.below(5));
    // Of several commits of one time the window begins with the newest.
    const kept = checker.newestAt(keepFromMs);
    const input = { historyDirectory, keepFromMs };
    await world.runJob("prune/prune-child.ts", input, [{ ...arm, script: "prune-child.ts" }]);
    checker.recheck();
    const answer = await world.runJob("prune/prune-child.ts", input, []);
    if (!answer || !("answer" in answer))
      world.findings.lost.push(`${database.id}: pruning failed ${JSON.stringify(answer)}`);
    if (checker.oldestTxid() > kept) world.findings.lost.push(`${database.id}: pruning took states of the window`);
    checker.recheck();
    await world.check(database);
  }

  /** A restore dies and is repeated under its id: it must have taken place exactly once, as a whole. */
  async #restore(
    arm: Arm,
    { first }: KillPoint,
    restoreWay: "append" | "backup",
    holdWritesMs: number | null = null,
  ): Promise<void> {
    const world = this.#world;
    const database = this.#pick();
    const { checker } = database;
    if (!checker) throw new Error("the database is captured");
    const newest = await world.check(database);
    const oldest = Math.max(checker.oldestTxid(), newest - BACK);
    const sampled = checker.states.slice(oldest - 1, newest).filter(({ sha }) => sha !== null);
    const target = this.#chance.pick(sampled);
    if (target.sha === null) throw new Error("the target is sampled");
    const db: ProtectedDatabase = {
      id: database.id,
      name: database.id,
      engine: "sqlite",
      origin: "attached",
      path: database.file,
      windowDays: 30,
      restoreWay,
    };
    const restoreId = randomUUID();
    const wish: RestoreWish = { db, restoreId, to: target.bookmark, holdWritesMs };
    checker.restore = { id: restoreId, sha: target.sha, commits: 0 };
    const script = arm.point.startsWith("file.") ? { script: "restore-once.ts" } : {};
    const arms = [{ ...arm, ...script }, ...(first ? [{ point: first, nth: 1 }] : [])];
    if (AGENT_PARTS.test(arm.point)) await world.dieRestoring(wish, arms);
    else await world.restore(wish, arms).catch(noAnswer);
    await world.check(database);
    const restored = await this.#repeat(database, wish);
    await world.check(database);
    if (restored) this.#judge(database, restored, target.sha);
    checker.restore = null;
  }

  /** A restore may be refused where something else is under way; it says so, and is asked for again. */
  async #repeat(database: NumberedDatabase, wish: RestoreWish): Promise<Restored | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#world.restore(wish, []);
      } catch (error) {
        if (tries < MOST_REPEATS) continue;
        this.#world.findings.halfway.push(`${database.id}: the repeat of a restore failed: ${String(error)}`);
        return null;
      }
    }
  }

  #judge({ id, checker }: NumberedDatabase, restored: Restored, sha: string): void {
    const { halfway } = this.#world.findings;
    const commits = checker?.restore?.commits ?? 0;
    const txid = restored.restoreBookmark && parseBookmark(restored.restoreBookmark)?.txid;
    if (commits !== (txid ? 1 : 0)) halfway.push(`${id}: a restore made ${commits} commits`);
    if (txid && checker?.states[txid - 1]?.sha !== sha) halfway.push(`${id}: a restore named the wrong commit ${txid}`);
  }
}

/** Who was to answer dies before it does: that is what it was asked for. */
function noAnswer(): void {
  // Nobody waits for this answer.
}

function leaveUnfinished({ historyDirectory }: NumberedDatabase): void {
  writeFileSync(path.join(historyDirectory, "segment-0000000000000001.sealed.new"), "unfinished");
}

/** As after a first start, or when its file was torn. */
function loseChecksums({ historyDirectory }: NumberedDatabase): void {
  rmSync(path.join(historyDirectory, MIRROR_CHECKSUMS_NAME), { force: true });
}

/** Page 1 is in every commit. The mirror is never synced: after a power cut its pages may be anything. */
function damageMirror({ historyDirectory }: NumberedDatabase): void {
  const file = path.join(historyDirectory, MIRROR_NAME);
  writeFileSync(file, Buffer.alloc(100, 0xa5), { flag: "r+" });
}
