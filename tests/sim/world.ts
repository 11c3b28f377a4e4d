import path from "node:path";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { type History, openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { SealedSegment } from "../../lib/engines/sqlite/history/sealed-segment.ts";
import { BookmarkList } from "./bookmark-list.ts";
import { type Counts, noCounts } from "./counts.ts";
import { CONNECTIONS, type ConnectionName, type WorldShape } from "./make-action.ts";
import { require } from "./mismatch.ts";
import { Life } from "./mortal-disk.ts";
import { Oracle } from "./oracle.ts";
import { Random } from "./random.ts";
import type { Rig } from "./rig.ts";
import { SimReader } from "./sim-reader.ts";
import { VirtualTime } from "./virtual-time.ts";
import type { ConnectionSettings, WriterAsk } from "./writer-messages.ts";

const MOST_FLUSHES = 4;

/** One seed's database with everybody who has to do with it, and what must be true of it. */
export class World {
  readonly rig: Rig;
  readonly shape: WorldShape;
  readonly file: string;
  readonly db: ProtectedDatabase;
  readonly historyDirectory: string;
  readonly time: VirtualTime;
  readonly oracle: Oracle;
  readonly bookmarks = new BookmarkList();
  readonly counts: Counts = noCounts();
  /** What a time was answered with, and the latest time that was. */
  readonly answers = new Map<number, number>();
  resolvedMs = 0;
  /** Connections that are open, and what transaction they hold. */
  readonly open = new Map<ConnectionName, "read" | "write" | null>();
  reader: SimReader | null = null;
  /** Since the last time that all was well, both keepers were away: what was committed meanwhile may be one gap. */
  mayGap = false;
  #history: History | null = null;
  readonly #random: Random;

  static async open(rig: Rig, seed: number, shape: WorldShape): Promise<World> {
    const id = `w${seed}`;
    const file = path.join(rig.programs, `${id}.db`);
    const { pageSize, autoVacuum } = shape;
    const fillToPages = shape.atLockByte ? 2 ** 30 / pageSize - 6 : 0;
    await rig.writers.a.ask({ ask: "create", file, pageSize, autoVacuum, fillToPages });
    const world = new World(rig, seed, shape, id, file);
    rig.engine.register(world.db);
    await world.startKeepers();
    await world.startReader();
    await world.untilProtected();
    world.seeBookmarks();
    return world;
  }

  private constructor(rig: Rig, seed: number, shape: WorldShape, id: string, file: string) {
    this.rig = rig;
    this.shape = shape;
    this.file = file;
    this.db = {
      id,
      name: id,
      engine: "sqlite",
      origin: "attached",
      path: file,
      windowDays: shape.windowDays,
      restoreWay: "append",
    };
    this.historyDirectory = path.join(rig.paths.history, id);
    this.time = new VirtualTime(shape.startMs);
    this.oracle = new Oracle(file, shape.pageSize);
    this.#random = new Random(seed ^ 0x2545f491);
  }

  get history(): History {
    this.#history ??= openHistory(this.historyDirectory);
    return this.#history;
  }

  /** Segments that are sealed and not pruned away. */
  get sealedSegments(): number {
    return this.history.allSegments().filter((segment) => segment instanceof SealedSegment).length;
  }

  /** A life for a part of the engine, with luck of its own. */
  newLife(): Life {
    return new Life(new Random(this.#random.next()));
  }

  /** Asks a writer over one of its connections, which is opened when it is not; the oracle sees what came of it. */
  async ask(message: Extract<WriterAsk, { on: string }>, settings: ConnectionSettings): Promise<string | undefined> {
    const on = message.on as ConnectionName;
    const writer = this.rig.writers[on.startsWith("a") ? "a" : "b"];
    if (!this.open.has(on)) {
      await writer.ask({ ask: "open", on, file: this.file, settings });
      this.open.set(on, null);
    }
    try {
      return (await writer.ask(message)).problem;
    } finally {
      this.oracle.catchUp();
    }
  }

  /** Ends transactions that are held open: all of them, or those that keep others from writing. */
  async endHeld(which: "write" | "all", end: "commit" | "rollback" = "commit"): Promise<boolean> {
    let ended = false;
    for (const [on, held] of this.open) {
      if (held === null || (which === "write" && held !== "write")) continue;
      await this.rig.writers[on.startsWith("a") ? "a" : "b"].ask({ ask: "end", on, end });
      this.open.set(on, null);
      this.oracle.catchUp();
      ended = true;
    }
    return ended;
  }

  async close(on: ConnectionName): Promise<boolean> {
    if (!this.open.has(on)) return false;
    this.oracle.catchUp();
    await this.rig.writers[on.startsWith("a") ? "a" : "b"].ask({ ask: "close", on });
    this.open.delete(on);
    if (this.open.size === 0 && this.rig.keepers.count === 0) this.counts.lastCloses++;
    this.oracle.catchUp();
    return true;
  }

  /** Starts what is missing of the two, and waits until the log is held. */
  async startKeepers(): Promise<void> {
    await this.endHeld("write");
    this.rig.keepers.start(2);
    await this.untilHeld();
  }

  async untilHeld(): Promise<void> {
    await this.rig.keepers.untilHeld(
      () => this.rig.client.keeperStatus(this.db.id),
      () => this.oracle.catchUp(),
    );
  }

  async startReader(): Promise<void> {
    const { rig, db, historyDirectory, time } = this;
    const registered = { id: db.id, path: db.path, historyDirectory, origin: db.origin, windowDays: db.windowDays };
    const beforeAnswer = () => this.oracle.catchUp();
    const options = { life: this.newLife(), time, beforeAnswer };
    this.reader = await SimReader.start(rig.paths, registered, this.shape.sealAt, options);
  }

  /** Waits until every commit is being captured; false when the reader dies on the way. */
  async untilProtected(): Promise<boolean> {
    const { reader } = this;
    if (!reader) return false;
    const isThere = () => reader.life.dead || reader.capture.status().state === "protected";
    const until = async () => {
      for (let looks = 0; !isThere(); looks++) {
        const { state, problem } = reader.capture.status();
        require(state !== "stopped", () => `capture stopped: ${JSON.stringify(problem)}`);
        require(looks < 20_000, () => `capture does not begin: ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await reader.drive(until(), this.hurry);
    await this.buryDead();
    return this.reader !== null;
  }

  /** Waits of capture may pass quickly, where nobody is there who could end them. */
  get hurry(): "fast" | "slow" {
    return this.rig.keepers.count === 0 ? "fast" : "slow";
  }

  get isProtected(): boolean {
    return this.reader?.capture.status().state === "protected";
  }

  /** Drops a reader that has died meanwhile. */
  async buryDead(): Promise<void> {
    const { reader } = this;
    if (!reader?.life.dead) return;
    this.reader = null;
    await reader.bury();
    this.counts.readerCrashes++;
    this.seeBookmarks();
  }

  /** Takes in what the history holds, and checks it against the oracle. */
  seeBookmarks(): void {
    this.oracle.catchUp();
    this.bookmarks.update(this.history, this.oracle, this.mayGap, this.resolvedMs);
  }

  /**
   * Has everything captured that was committed by now: the newest bookmark must then be the newest commit. False while
   * nothing is captured.
   */
  async flush(tries = 1): Promise<boolean> {
    const { reader } = this;
    if (!reader) return false;
    const state = this.oracle.catchUp();
    try {
      await reader.drive(
        reader.life.run(() => reader.capture.flush(false)),
        this.hurry,
      );
    } catch (error) {
      await this.buryDead();
      if (!this.reader || this.rig.keepers.count === 0) return false;
      // A capture that has to begin anew may take longer than a flush waits, and a flush may be what finds the gap.
      if (tries === MOST_FLUSHES || !(error instanceof LastgoodError)) throw error;
      return (await this.untilProtected()) && this.flush(tries + 1);
    }
    this.seeBookmarks();
    const { newest } = this.bookmarks;
    require(newest.state >= state, () =>
      `all was said to be captured: bookmark ${newest.txid} is state ${newest.state}, committed was ${state}`);
    if (this.rig.keepers.count === 2) this.mayGap = false;
    return true;
  }

  async end(): Promise<void> {
    this.time.close();
    this.#history?.close();
    if (this.reader) await this.reader.bury();
    this.reader = null;
    await this.rig.engine.release(this.db.id);
    for (const on of CONNECTIONS) {
      if (this.open.has(on)) await this.rig.writers[on.startsWith("a") ? "a" : "b"].ask({ ask: "close", on });
    }
    this.oracle.close();
    this.rig.worldEnded(this.db.id);
  }
}
