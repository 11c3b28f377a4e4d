import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";

const LOOK_EVERY_MS = 60_000;
const ROUND_MS = 60 * 60_000;

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
  readonly #world: MarkWorld;
  #timer: NodeJS.Timeout | null = null;
  #lastId = "";

  constructor(world: MarkWorld) {
    this.#world = world;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#tick(), LOOK_EVERY_MS * (0.5 + Math.random()));
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Looks at the databases whose turn it is; answers their ids. */
  async look(): Promise<string[]> {
    const databases = (await this.#world.databases()).sort((a, b) => (a.id < b.id ? -1 : 1));
    const count = Math.ceil((databases.length * LOOK_EVERY_MS) / ROUND_MS);
    const later = databases.filter(({ id }) => id > this.#lastId);
    const turn = [...later, ...databases].slice(0, Math.min(count, databases.length));
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

  async #tick(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#world.log.error({ err: error }, "histories could not be read for marks");
    }
    if (this.#timer) this.#timer = setTimeout(() => void this.#tick(), LOOK_EVERY_MS * (0.9 + 0.2 * Math.random()));
  }
}
