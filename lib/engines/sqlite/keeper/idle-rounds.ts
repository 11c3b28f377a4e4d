const ROUND_MS = 1000;
/** A database that has rested for so many rounds is glanced at in every fourth one only. */
const OFTEN_ROUNDS = 30;
const SELDOM = 4;

type Resting = { glance(): boolean; end(): void; sinceRound: number };

/**
 * Databases to which nothing happens, glanced at together: one timer for all of them is what makes a hundred cost next to
 * nothing. Somebody else's checkpoint that waits for a hold of ours is noticed within four seconds.
 */
export class IdleRounds {
  private readonly resting = new Set<Resting>();
  private timer: NodeJS.Timeout | null = null;
  private rounds = 0;

  /**
   * Resolves once there is something to do, or the signal is aborted.
   * @param glance cheap, on this thread, never throws: whether there is
   */
  rest(glance: () => boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const resting: Resting = {
        glance,
        sinceRound: this.rounds,
        end: () => {
          this.resting.delete(resting);
          signal.removeEventListener("abort", resting.end);
          resolve();
        },
      };
      signal.addEventListener("abort", resting.end, { once: true });
      this.resting.add(resting);
      // The one that is under way may be a long one: a newcomer is glanced at soon.
      if (this.timer) clearTimeout(this.timer);
      this.timer = setTimeout(() => this.round(1), ROUND_MS);
    });
  }

  private round(passed: number): void {
    this.rounds += passed;
    const isSeldom = Math.floor(this.rounds / SELDOM) !== Math.floor((this.rounds - passed) / SELDOM);
    let hasNewcomers = false;
    for (const resting of [...this.resting]) {
      const isNew = this.rounds - resting.sinceRound <= OFTEN_ROUNDS;
      if ((isNew || isSeldom) && resting.glance()) resting.end();
      else hasNewcomers ||= isNew;
    }
    this.timer = null;
    if (this.resting.size === 0) return;
    const next = hasNewcomers ? 1 : SELDOM;
    this.timer = setTimeout(() => this.round(next), next * ROUND_MS);
  }
}
