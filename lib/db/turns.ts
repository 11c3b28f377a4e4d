/** First come, first served. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Waits for the turn; the answer ends it and may be called more than once. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
