import type { Logger } from "pino";
import { RepeatedLook } from "./repeated-look.ts";
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
  readonly #repeated: RepeatedLook;
  readonly #world: PreviewWorld;
  readonly #clock: SteadyClock;

  constructor(world: PreviewWorld) {
    this.#world = world;
    const times = { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "previews could not be looked at; it is tried again"),
    );
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  async look(): Promise<void> {
    const { log } = this.#world;
    if (!this.#clock.look((jumpMs) => log.warn({ jumpMs }, "the clock jumped: no preview ends for a day"))) return;
    const expired = await this.#world.expire();
    if (expired === 0) return;
    log.info({ expired }, "previews are over their time and were deleted");
    this.#world.wake();
  }
}
