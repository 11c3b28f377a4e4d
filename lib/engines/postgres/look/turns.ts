import { tooManyQueries } from "./look-errors.ts";

/** So many at once; others wait for their turn, and when too many wait the next are turned away. */
export class Turns {
  readonly #most: number;
  readonly #queueLength: number;
  readonly #what: string;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param what is waited for, in words */
  constructor(most: number, queueLength: number, what: string) {
    this.#most = most;
    this.#queueLength = queueLength;
    this.#what = what;
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  /** Throws `rate_limited`, and the signal's reason where it was aborted before its turn. */
  async take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= this.#queueLength) throw tooManyQueries(this.#what);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
