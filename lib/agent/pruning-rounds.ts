import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import { hourlyTurn } from "./hourly-turn.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

const DAY_MS = 24 * 60 * 60_000;
const LOOK_EVERY_MS = 60_000;

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
  readonly #repeated: RepeatedLook;
  readonly #world: PruningWorld;
  #lastId = "";
  readonly #clock: SteadyClock;

  constructor(world: PruningWorld) {
    this.#world = world;
    const times = { firstMs: LOOK_EVERY_MS * (0.5 + Math.random()), everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "pruning could not be queued"),
    );
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  /** Looks at the databases whose turn it is. Answers the one whose pruning was queued. */
  async look(): Promise<string | null> {
    if (!this.#isClockSteady()) return null;
    for (const db of hourlyTurn(await this.#world.databases(), this.#lastId)) {
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
}
