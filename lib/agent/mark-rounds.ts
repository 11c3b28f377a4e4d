import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import { hourlyTurn } from "./hourly-turn.ts";
import { RepeatedLook } from "./repeated-look.ts";

const LOOK_EVERY_MS = 60_000;

export type MarkWorld = {
  databases(): Promise<ProtectedDatabase[]>;
  /** Reads what is new of a history for marks; nothing is done where nothing is new. */
  readAhead(db: ProtectedDatabase): Promise<void>;
  log: Logger;
};

/**
 * Has each database's history read for marks once an hour, a few each minute, one after the other: whoever opens a timeline finds
 * them there, and what exactly they are costs little to find out while they are young.
 */
export class MarkRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: MarkWorld;
  #lastId = "";

  constructor(world: MarkWorld) {
    this.#world = world;
    const times = { firstMs: LOOK_EVERY_MS * (0.5 + Math.random()), everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "histories could not be read for marks"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  /** Looks at the databases whose turn it is; answers their ids. */
  async look(): Promise<string[]> {
    const turn = hourlyTurn(await this.#world.databases(), this.#lastId);
    for (const db of turn) {
      this.#lastId = db.id;
      try {
        await this.#world.readAhead(db);
      } catch (error) {
        // Nothing captured yet, or damaged: whoever asks for it is told so.
        const level = error instanceof LastgoodError ? "debug" : "error";
        this.#world.log[level]({ err: error, database: db.id }, "a history could not be read ahead for marks");
      }
    }
    return turn.map(({ id }) => id);
  }
}
