import type { Logger } from "pino";
import { RepeatedLook } from "./repeated-look.ts";

const LOOK_EVERY_MS = 1000;
const FIRST_LOOK_MS = 500;
/** However many wait: as many are under way in this agent at the same time. */
const AT_ONCE = 32;

export type DeliveryWorld<Item> = {
  /** What is sent, for the log: `webhook`, `integration`. */
  what: string;
  /** Claims up to so many that are due. */
  claim(limit: number): Promise<Item[]>;
  /** Makes one attempt at it and writes down what came of it. */
  send(item: Item): Promise<void>;
  log: Logger;
};

/**
 * Sends what is due, each second, many side by side. Nothing is kept in memory: an agent that dies leaves what it had claimed to
 * whoever looks after its lease, so each is sent at least once.
 */
export class DeliveryRounds<Item> {
  readonly #repeated: RepeatedLook;
  readonly #world: DeliveryWorld<Item>;
  readonly #underWay = new Set<Promise<void>>();

  constructor(world: DeliveryWorld<Item>) {
    this.#world = world;
    this.#repeated = new RepeatedLook(
      () => this.look(),
      { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS },
      (error) =>
        world.log.error(
          { err: error, what: world.what },
          "what is to be sent could not be looked up; it is tried again",
        ),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  /** Takes nothing more. What is under way ends by itself, or is sent again by the next agent. */
  stop(): void {
    this.#repeated.stop();
  }

  /** Begins what is due and does not wait for it. */
  async look(): Promise<void> {
    const room = AT_ONCE - this.#underWay.size;
    if (room <= 0) return;
    for (const item of await this.#world.claim(room)) {
      const sending = this.#send(item).finally(() => this.#underWay.delete(sending));
      this.#underWay.add(sending);
    }
  }

  /** All that this agent has begun. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #send(item: Item): Promise<void> {
    const { log, what, send } = this.#world;
    try {
      await send(item);
    } catch (error) {
      log.error({ err: error, what }, "an attempt was not written down; it is made again when its lease is over");
    }
  }
}
