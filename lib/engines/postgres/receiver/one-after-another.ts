/** Does what it is given one after the other, in the order in which it was asked. */
export class OneAfterAnother {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  do<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const done = this.#last.then(work, work).finally(() => {
      this.#waiting -= 1;
    });
    // Whoever asked hears of a failure; the next one in the line does not.
    this.#last = done.catch(() => undefined);
    return done;
  }
}
