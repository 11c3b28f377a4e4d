import type { Logger } from "pino";
import type { DrillAim } from "../domain/drill.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

const TIMES = { firstMs: 8_000, everyMs: 30_000 };
/** A clock that jumped is soon set right again, or was put right just now; nothing is lost by waiting for a while. */
const CLOCK_PROVEN_AFTER_MS = 5 * 60_000;

export type DrillWorld = {
  /** Queues the drills that have come due; see `decideDrills`. */
  decide(nowMs: number): Promise<number>;
  /** What failed drills have left and nobody needs any more; see `listOldEvidence`. */
  oldEvidence(): Promise<{ id: string; databaseId: string; aims: DrillAim[] }[]>;
  /** Removes it, and writes that down. */
  removeEvidence(drill: { id: string; databaseId: string; aims: DrillAim[] }): Promise<void>;
  wake(): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/** Twice a minute queues the drills that have come due, and removes what failed ones have left once its time is over. */
export class DrillRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: DrillWorld;
  readonly #clock: SteadyClock;

  constructor(world: DrillWorld) {
    this.#world = world;
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs, CLOCK_PROVEN_AFTER_MS);
    this.#repeated = new RepeatedLook(
      () => this.look(),
      TIMES,
      (error) => world.log.error({ err: error }, "drills could not be looked at; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  async look(): Promise<void> {
    const { decide, oldEvidence, removeEvidence, wake, log, nowMs } = this.#world;
    const isProven = this.#clock.look((jumpMs) =>
      log.warn({ jumpMs }, "the clock jumped: no drill begins for 5 minutes"),
    );
    if (!isProven) return;
    const queued = await decide(nowMs());
    if (queued > 0) {
      log.info({ queued }, "scheduled drills begin");
      wake();
    }
    for (const drill of await oldEvidence()) await removeEvidence(drill);
  }
}
