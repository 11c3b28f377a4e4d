import type { Logger } from "pino";
import { LastgoodError } from "../../../domain/errors.ts";
import { connectLines, type LinePeer } from "../../processes/line-socket.ts";
import type { KeeperToReader, ReaderToKeeper } from "../capture-protocol.ts";
import { LogUnavailable } from "./capture-problem.ts";

type Keeper = LinePeer<ReaderToKeeper, KeeperToReader>;
export type Pinned = KeeperToReader["tells"]["pinned"];

const RECONNECT_MS = 50;
/** A hold may have to wait for a checkpoint under way, or for a foreign writer that keeps the lock. */
const HOLD_WITHIN_MS = 15_000;
const STILL_WITHIN_MS = 5000;
/** How long after a keeper is lost its heir may come and vouch for its window. */
const HEIR_WITHIN_MS = 4000;

export type KeeperEvents = {
  /** Answers "is everything copied?" with the frame where the log ended; throws when it is not. */
  copied(database: string, keeper: string): Promise<number>;
  /** The frame up to which all is durable, once log and database are synced too; see the protocol. */
  near(database: string): Promise<number>;
  /** `isAlive` asks the very keeper that said it; null: it does not answer, but its connection stands. */
  pinned(message: Pinned, isAlive: () => Promise<boolean | null>): void;
  lost(): void;
};

/** The reader's connection to whichever keeper is the primary one; connects again for as long as it takes. */
export class KeeperLink {
  private readonly socketPath: string;
  private readonly events: KeeperEvents;
  private readonly log: Logger;
  private keeper: Keeper | null = null;
  private keeperId: string | null = null;
  private lostAtMs = performance.now();
  private timer: NodeJS.Timeout | null = null;
  private ended = false;

  constructor(socketPath: string, events: KeeperEvents, log: Logger) {
    this.socketPath = socketPath;
    this.events = events;
    this.log = log;
    void this.connect();
  }

  /** Id of the connected primary keeper. */
  get id(): string | null {
    return this.keeperId;
  }

  get isConnected(): boolean {
    return this.keeper !== null;
  }

  /** Whether a keeper, or the heir of one, could still vouch for a window. */
  get mayVouch(): boolean {
    return this.keeper !== null || performance.now() - this.lostAtMs < HEIR_WITHIN_MS;
  }

  /** Stands still: see the protocol. Throws `LogUnavailable` while there is no keeper, or none that can. */
  async hold(database: string): Promise<Hold> {
    const keeper = this.keeper;
    if (!keeper) throw new LogUnavailable("no keeper is connected");
    const holdId = await askToHold(keeper, database);
    return {
      isStill: async () => {
        try {
          const { unbroken } = await keeper.ask("still", { database, holdId }, STILL_WITHIN_MS);
          return unbroken;
        } catch (error) {
          this.log.warn({ error, database }, "the keeper does not say whether it stood still");
          return false;
        }
      },
      release: () => keeper.tell("release", { database, holdId }),
    };
  }

  private async isAlive(keeper: Keeper, database: string): Promise<boolean | null> {
    try {
      await keeper.ask("still", { database, holdId: "" }, STILL_WITHIN_MS);
      return true;
    } catch (error) {
      this.log.debug({ error, database }, "the keeper does not answer");
      return keeper.closed ? false : null;
    }
  }

  close(): void {
    this.ended = true;
    if (this.timer) clearTimeout(this.timer);
    this.keeper?.close();
  }

  private async connect(): Promise<void> {
    try {
      const keeper = await connectLines<ReaderToKeeper, KeeperToReader>(this.socketPath, {
        asks: {
          copied: async ({ database, keeper: id }) => ({ frame: await this.events.copied(database, id) }),
          near: async ({ database }) => ({ frame: await this.events.near(database) }),
        },
        tells: {
          welcome: (message) => {
            this.keeperId = message.keeper;
          },
          pinned: (message, peer) => this.events.pinned(message, () => this.isAlive(peer, message.database)),
        },
        closed: () => this.lost(),
      });
      if (this.ended) return keeper.close();
      this.keeper = keeper;
      keeper.tell("hello", { as: "reader" });
      this.log.info("connected to the keeper");
    } catch (error) {
      // Nobody serves the socket yet, or no longer: that is what connecting again is for.
      this.log.trace({ error }, "no keeper");
      this.connectLater();
    }
  }

  private lost(): void {
    this.keeper = null;
    this.keeperId = null;
    this.lostAtMs = performance.now();
    this.log.warn("the keeper's connection is closed");
    this.events.lost();
    this.connectLater();
  }

  private connectLater(): void {
    if (!this.ended) this.timer = setTimeout(() => void this.connect(), RECONNECT_MS);
  }
}

/** Whatever keeps a keeper from it, a lock of somebody's or a registry not read yet, passes: the keeper says it in its status. */
async function askToHold(keeper: Keeper, database: string): Promise<string> {
  try {
    return (await keeper.ask("hold", { database }, HOLD_WITHIN_MS)).holdId;
  } catch (error) {
    if (error instanceof LastgoodError) throw new LogUnavailable(`the keeper does not stand still: ${error.message}`);
    throw error;
  }
}

/** One stretch of standing still. */
export type Hold = { isStill(): Promise<boolean>; release(): void };
