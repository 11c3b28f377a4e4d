import type { Logger } from "pino";
import type { Env } from "../env.ts";
import { copyMetadataWhenDue } from "../services/metadata/keep-copies.ts";

/** Often enough that copies are an hour apart, whenever the agent was started. */
const LOOK_EVERY_MS = 5 * 60_000;

/** Copies the metadata file every hour, for as long as the agent runs. */
export class CopyRounds {
  readonly #env: Env;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  #copying: Promise<void> = Promise.resolve();

  constructor(env: Env, log: Logger) {
    this.#env = env;
    this.#log = log;
  }

  /** The first look is a moment after the start, which has more urgent things to do. */
  start(): void {
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS / 10);
  }

  /** Waits for a copy that is being made. */
  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#copying;
  }

  #look(): void {
    this.#copying = copyMetadataWhenDue(this.#env, Date.now())
      .then((file) => file && this.#log.info({ file }, "the metadata was copied"))
      .catch((error: unknown) => this.#log.error({ err: error }, "the metadata could not be copied"))
      .then(() => {
        if (this.#timer) this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
      });
  }
}
