import type { Logger } from "pino";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

const LOOK_EVERY_MS = 10 * 60_000;
const FIRST_LOOK_MS = 60_000;
/** However many grace periods end at once, no more than this is removed at any time: a mistake can still be noticed. */
export const PURGES_AT_ONCE = 5;

const BACKUP_PURGES_AT_ONCE = 20;

export type DeletionWorld = {
  /** Makes shorter windows count whose time has come. */
  applyWindows(): Promise<number>;
  /** Queues removals of databases whose grace period is over. */
  queuePurges(limit: number): Promise<{ queued: number; waiting: number }>;
  /** Queues removals of backups whose grace period is over, in the same way. */
  queueBackupPurges(limit: number): Promise<number>;
  /** Queues erasures whose grace period is over. */
  queueErasures(): Promise<number>;
  /** Ends namespaces of which nothing is left. */
  purgeNamespaces(): Promise<number>;
  wake(): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/** Every few minutes ends the grace periods that are over; while the clock cannot be trusted none is. */
export class DeletionRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: DeletionWorld;
  readonly #clock: SteadyClock;

  constructor(world: DeletionWorld) {
    this.#world = world;
    const times = { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "what is due for removal could not be looked up; it is tried again"),
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
    if (!this.#clock.look((jumpMs) => log.warn({ jumpMs }, "the clock jumped: nothing is removed for a day"))) return;
    const shortened = await this.#world.applyWindows();
    if (shortened > 0) log.info({ shortened }, "shorter windows count from now on");
    const { queued, waiting } = await this.#world.queuePurges(PURGES_AT_ONCE);
    if (queued > 0) log.info({ queued, waiting }, "grace periods are over: databases are removed for good");
    const backups = await this.#world.queueBackupPurges(BACKUP_PURGES_AT_ONCE);
    if (backups > 0) log.info({ backups }, "grace periods are over: backups are removed for good");
    const erasures = await this.#world.queueErasures();
    if (erasures > 0) log.info({ erasures }, "grace periods are over: histories are purged up to a moment");
    await this.#world.purgeNamespaces();
    if (queued + backups + erasures > 0) this.#world.wake();
  }
}
