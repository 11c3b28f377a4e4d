import type { Logger } from "pino";
import type { Pruned } from "../services/backups/prune-backups.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

const LOOK_EVERY_MS = 5 * 60_000;
const FIRST_LOOK_MS = 60_000;
/** After a run that might not delete all that is due: a mistake is to be noticed before the next one. */
const REST_MS = 60 * 60_000;

export type RetentionWorld = {
  /** Ids of the databases of which there are backups. */
  databases(): Promise<string[]>;
  prune(databaseId: string): Promise<Pruned>;
  /** Removes the rows of backups that failed long ago. */
  forgetFailed(): Promise<number>;
  wake(): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/**
 * Every few minutes, and whenever a backup was made, deletes what retention no longer keeps. A clock that was set forwards would
 * age all backups at once: after a jump it has to prove itself first.
 */
export class BackupRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: RetentionWorld;
  readonly #clock: SteadyClock;
  /** When those had their turn that may only go on after a rest. */
  readonly #resting = new Map<string, number>();
  #looking: Promise<void> | null = null;

  constructor(world: RetentionWorld) {
    this.#world = world;
    this.#repeated = new RepeatedLook(
      () => this.look(),
      { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS },
      (error) => world.log.error({ err: error }, "retention could not be looked at; it is tried again"),
    );
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  /** Looks at once, for a database of which a backup was made; its failure is told like any other. */
  soon(): void {
    this.look().catch((error: unknown) => this.#world.log.error({ err: error }, "retention could not be looked at"));
  }

  /** One look at a time: who asks during one gets that one's end. */
  look(): Promise<void> {
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookAll(): Promise<void> {
    const { log } = this.#world;
    if (!this.#clock.look((jumpMs) => log.warn({ jumpMs }, "the clock jumped: no backup is deleted for a day"))) return;
    await this.#world.forgetFailed();
    let deleted = 0;
    for (const databaseId of await this.#world.databases()) {
      if (this.#isResting(databaseId)) continue;
      const pruned = await this.#world.prune(databaseId);
      if (pruned.later > 0) this.#resting.set(databaseId, this.#world.steadyMs());
      if (pruned.deleted > 0) log.info({ database: databaseId, ...pruned }, "retention deleted backups");
      deleted += pruned.deleted;
    }
    if (deleted > 0) this.#world.wake();
  }

  #isResting(databaseId: string): boolean {
    const sinceMs = this.#resting.get(databaseId);
    if (sinceMs === undefined) return false;
    if (this.#world.steadyMs() - sinceMs < REST_MS) return true;
    this.#resting.delete(databaseId);
    return false;
  }
}
