import type { Logger } from "pino";
import { SteadyClock } from "./steady-clock.ts";

const LOOK_EVERY_MS = 60_000;
const FIRST_LOOK_MS = 20_000;

export type PreviewWorld = {
  /** Deletes the previews whose time is over; answers how many. */
  expire(): Promise<number>;
  wake(): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/** Every minute ends the previews whose time is over; while the clock cannot be trusted none is. */
export class PreviewRounds {
  readonly #world: PreviewWorld;
  readonly #clock: SteadyClock;
  #timer: NodeJS.Timeout | null = null;

  constructor(world: PreviewWorld) {
    this.#world = world;
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#tick(), FIRST_LOOK_MS);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async look(): Promise<void> {
    const { log } = this.#world;
    if (!this.#clock.look((jumpMs) => log.warn({ jumpMs }, "the clock jumped: no preview ends for a day"))) return;
    const expired = await this.#world.expire();
    if (expired === 0) return;
    log.info({ expired }, "previews are over their time and were deleted");
    this.#world.wake();
  }

  async #tick(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#world.log.error({ err: error }, "previews could not be looked at; it is tried again");
    }
    if (this.#timer) this.#timer = setTimeout(() => void this.#tick(), LOOK_EVERY_MS);
  }
}
