import type { Logger } from "pino";
import type { Decision } from "../services/schedules/decide-runs.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

const LOOK_EVERY_MS = 15_000;
const FIRST_LOOK_MS = 5_000;
/** A clock that jumped is soon set right again, or was put right just now; nothing is lost by waiting for a while. */
const CLOCK_PROVEN_AFTER_MS = 5 * 60_000;

export type ScheduleWorld = {
  /** Decides on what has come due; see `decideRuns`. */
  decide(nowMs: number): Promise<{ decisions: Decision[]; superseded: boolean }>;
  wake(): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/**
 * Several times a minute decides on the scheduled backups that have come due. After the clock jumped it waits for five minutes: a
 * wrong one would have future runs take place and be told as missed.
 */
export class ScheduleRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: ScheduleWorld;
  readonly #clock: SteadyClock;

  constructor(world: ScheduleWorld) {
    this.#world = world;
    const times = { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "schedules could not be looked at; it is tried again"),
    );
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs, CLOCK_PROVEN_AFTER_MS);
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  async look(): Promise<void> {
    const { log } = this.#world;
    const jumped = (jumpMs: number) =>
      log.warn({ jumpMs }, "the clock jumped: no scheduled backup begins for 5 minutes");
    if (!this.#clock.look(jumped)) return;
    const { decisions, superseded } = await this.#world.decide(this.#world.nowMs());
    if (superseded) {
      log.error("another run of this agent has begun since: this one decides on no schedule any more");
      return;
    }
    for (const { scheduleId, dueMs, outcome, missed } of decisions) {
      const facts = { scheduleId, due: new Date(dueMs).toISOString(), outcome, missed };
      if (missed > 0 || outcome === "skipped") log.warn(facts, "scheduled backups did not take place");
      else log.info(facts, "a scheduled backup begins");
    }
    if (decisions.some(({ backupId }) => backupId !== null)) this.#world.wake();
  }
}
