import type { Logger } from "pino";
import type { LastgoodError } from "../domain/errors.ts";
import { RepeatedLook } from "./repeated-look.ts";

const EVERY_MS = 5000;

/** Looks again and again whether this agent counts still, or another machine or run has taken its place. */
export class DisplacementRounds {
  readonly #look: RepeatedLook;

  constructor(world: {
    find(): Promise<LastgoodError | null>;
    /** Called at most once. */
    displaced(why: LastgoodError): void;
    log: Logger;
  }) {
    let isOver = false;
    this.#look = new RepeatedLook(
      async () => {
        const why = await world.find();
        if (why === null || isOver) return;
        isOver = true;
        world.displaced(why);
      },
      { firstMs: EVERY_MS, everyMs: EVERY_MS },
      (error) => world.log.warn({ err: error }, "whether this agent counts still is not known; it is looked again"),
    );
  }

  start(): void {
    this.#look.start();
  }

  stop(): void {
    this.#look.stop();
  }
}
