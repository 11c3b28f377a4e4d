/** Runs one thing at a time, in the order in which they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.last.then(run);
    // The one who asked hears of a failure; the next one's turn comes all the same.
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
