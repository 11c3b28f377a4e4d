import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import { SteadyClock } from "./steady-clock.ts";

const DAY_MS = 24 * 60 * 60_000;
const LOOK_EVERY_MS = 60_000;
const ROUND_MS = 60 * 60_000;

export type PruningWorld = {
  databases(): Promise<ProtectedDatabase[]>;
  isDue(db: ProtectedDatabase, keepFromMs: number): boolean;
  /** Answers false while another pruning is waiting or running. */
  queue(databaseId: string): Promise<boolean>;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/**
 * Looks at each database once an hour, a few each minute, and queues a pruning where it is due: one at a time. A clock that was
 * set forwards would age all commits at once: after a jump it has to prove itself first.
 */
export class PruningRounds {
  readonly #world: PruningWorld;
  #timer: NodeJS.Timeout | null = null;
  #lastId = "";
  readonly #clock: SteadyClock;

  constructor(world: PruningWorld) {
    this.#world = world;
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
  }

  start(): void {
    // Agents that start together must not look together.
    this.#timer = setTimeout(() => void this.#tick(), LOOK_EVERY_MS * (0.5 + Math.random()));
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Looks at the databases whose turn it is. Answers the one whose pruning was queued. */
  async look(): Promise<string | null> {
    if (!this.#isClockSteady()) return null;
    const databases = (await this.#world.databases()).sort((a, b) => (a.id < b.id ? -1 : 1));
    const count = Math.ceil((databases.length * LOOK_EVERY_MS) / ROUND_MS);
    const later = databases.filter(({ id }) => id > this.#lastId);
    for (const db of [...later, ...databases].slice(0, Math.min(count, databases.length))) {
      if (this.#isDue(db)) {
        if (await this.#world.queue(db.id)) {
          this.#lastId = db.id;
          return db.id;
        }
        // Another one is at it: this database stays the next.
        return null;
      }
      this.#lastId = db.id;
    }
    return null;
  }

  #isDue(db: ProtectedDatabase): boolean {
    try {
      return this.#world.isDue(db, this.#world.nowMs() - db.windowDays * DAY_MS);
    } catch (error) {
      // Nothing captured yet, or damaged: whoever asks for it is told so.
      const level = error instanceof LastgoodError ? "debug" : "error";
      this.#world.log[level]({ err: error, database: db.id }, "whether pruning is due cannot be told");
      return false;
    }
  }

  #isClockSteady(): boolean {
    return this.#clock.look((jumpMs) => this.#world.log.warn({ jumpMs }, "the clock jumped: pruning waits for a day"));
  }

  async #tick(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#world.log.error({ err: error }, "pruning could not be queued");
    }
    if (this.#timer) this.#timer = setTimeout(() => void this.#tick(), LOOK_EVERY_MS * (0.9 + 0.2 * Math.random()));
  }
}
