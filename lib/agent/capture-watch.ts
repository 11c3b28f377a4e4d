import type { Logger } from "pino";
import type { CaptureStatus } from "../domain/capture.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import { RepeatedLook } from "./repeated-look.ts";

const LOOK_EVERY_MS = 10_000;
const FIRST_LOOK_MS = 15_000;
/** What is over by itself within this was no stop: a reader that starts again, a file that could not be opened once. */
export const TELL_AFTER_MS = 15_000;
/** What is compared after a restart takes a while; a start that says why it cannot begin is a stop after this. */
const STARTING_AFTER_MS = 60_000;

export type CaptureWorld = {
  databases(): Promise<readonly ProtectedDatabase[]>;
  status(db: ProtectedDatabase): Promise<Pick<CaptureStatus, "state" | "problem">>;
  /** Ids of the databases whose stop was told of, by an earlier run of the agent too. */
  toldStops(): Promise<string[]>;
  /** Tells of a stop, once; `reason` is its cause and its remedy. */
  tellStopped(databaseId: string, stop: { reason: string; remedy: string; sinceMs: number }): Promise<void>;
  /** Forgets a stop that is over, so that the next one is told of. */
  forgetStop(databaseId: string): Promise<void>;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

type Stop = { sinceMs: number; sinceSteadyMs: number };

/**
 * Notices that commits of a database are not captured any more, and has that told once per stop: not with every look, and not again
 * after a restart while it is the same one. Only a database that is captured again has its stop behind it.
 */
export class CaptureWatch {
  readonly #repeated: RepeatedLook;
  readonly #world: CaptureWorld;
  readonly #seen = new Map<string, Stop>();
  #told: Set<string> | null = null;

  constructor(world: CaptureWorld) {
    this.#world = world;
    this.#repeated = new RepeatedLook(
      () => this.look(),
      { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS },
      (error) => world.log.error({ err: error }, "whether capture goes on could not be looked at; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  async look(): Promise<void> {
    this.#told ??= new Set(await this.#world.toldStops());
    const databases = await this.#world.databases();
    for (const db of databases) {
      await this.#lookAt(db, this.#told).catch((error: unknown) => {
        this.#world.log.error({ err: error, database: db.id }, "whether it is captured could not be looked at");
      });
    }
    const known = new Set(databases.map(({ id }) => id));
    for (const id of [...this.#seen.keys()]) if (!known.has(id)) this.#seen.delete(id);
    for (const id of [...this.#told]) if (!known.has(id)) await this.#forget(id, this.#told);
  }

  async #lookAt(db: ProtectedDatabase, told: Set<string>): Promise<void> {
    const { state, problem } = await this.#world.status(db);
    if (state !== "stopped" && (state !== "starting" || problem === null)) {
      this.#seen.delete(db.id);
      if (state === "protected" && told.has(db.id)) await this.#forget(db.id, told);
      return;
    }
    const stop = this.#seen.get(db.id) ?? { sinceMs: this.#world.nowMs(), sinceSteadyMs: this.#world.steadyMs() };
    this.#seen.set(db.id, stop);
    const afterMs = state === "stopped" ? TELL_AFTER_MS : STARTING_AFTER_MS;
    if (told.has(db.id) || this.#world.steadyMs() - stop.sinceSteadyMs < afterMs) return;
    const reason = problem?.cause ?? "Nothing is captured, and nobody said why.";
    const remedy = problem?.remedy ?? "Look at the log of Lastgood.";
    await this.#world.tellStopped(db.id, { reason, remedy, sinceMs: stop.sinceMs });
    told.add(db.id);
    this.#world.log.warn({ database: db.id, reason }, "capture has stopped");
  }

  async #forget(databaseId: string, told: Set<string>): Promise<void> {
    await this.#world.forgetStop(databaseId);
    told.delete(databaseId);
  }
}
