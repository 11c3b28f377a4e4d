import type { Logger } from "pino";
import type { Heartbeat } from "../services/alarms/heartbeat.ts";
import { RepeatedLook } from "./repeated-look.ts";

const TIMES = { firstMs: 30_000, everyMs: 60_000 };
/** The rounds of alarms turn several times a minute. */
const STALE_AFTER_MS = 45_000;

export type HeartbeatWorld = {
  /** When everything was last looked at and decided, on the steady clock, and whether everything was being captured then. */
  lastWholeLook(): { atSteadyMs: number | null; isCaptured: boolean };
  /** Null where it was taken, else what went wrong. */
  call(): Promise<string | null>;
  note(heartbeat: Heartbeat): Promise<void>;
  log: Logger;
  nowMs(): number;
  steadyMs(): number;
};

/**
 * Calls the operator's address once a minute while everything that should be captured is, and the rounds turn. Whatever is wrong,
 * the lack of a network or of this very process included, it falls silent, and the watcher at the other end rings.
 */
export class HeartbeatRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: HeartbeatWorld;

  constructor(world: HeartbeatWorld) {
    this.#world = world;
    this.#repeated = new RepeatedLook(
      () => this.look(),
      TIMES,
      (error) => world.log.error({ err: error }, "the heartbeat could not be sent; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  async look(): Promise<void> {
    const { call, note, log, nowMs } = this.#world;
    const withheld = this.#reasonForSilence();
    const text = withheld ?? (await call());
    if (text !== null)
      log.warn({ reason: text }, withheld === null ? "the heartbeat was not taken" : "no heartbeat is sent");
    await note({ ok: text === null, atMs: nowMs(), text });
  }

  #reasonForSilence(): string | null {
    const { atSteadyMs, isCaptured } = this.#world.lastWholeLook();
    if (atSteadyMs === null || this.#world.steadyMs() - atSteadyMs > STALE_AFTER_MS) {
      return "It is withheld: alarms are not being decided.";
    }
    return isCaptured ? null : "It is withheld: not everything is being captured.";
  }
}
