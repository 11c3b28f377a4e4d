const ROUND_MS = 1000;
/** A database that has rested for so many rounds is glanced at in every fourth one only. */
const OFTEN_ROUNDS = 10;
const SELDOM = 4;

type Resting = { glance(): boolean; end(): void; sinceRound: number };

/**
 * Databases to which nothing happens, glanced at together: one timer for all of them is what makes a hundred cost next to
 * nothing. Somebody else's checkpoint that waits for a hold of ours is noticed within four seconds.
 */
export class IdleRounds {
  private readonly resting = new Set<Resting>();
  private timer: NodeJS.Timeout | null = null;
  /** Rounds until the one that `timer` is for. */
  private pending = 0;
  private lastRound = 0;

  /**
   * Resolves once there is something to do, or the signal is aborted.
   * @param glance cheap, on this thread, never throws: whether there is
   */
  rest(glance: () => boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const resting: Resting = {
        glance,
        sinceRound: thisRound(),
        end: () => {
          this.resting.delete(resting);
          signal.removeEventListener("abort", resting.end);
          resolve();
        },
      };
      signal.addEventListener("abort", resting.end, { once: true });
      this.resting.add(resting);
      // A newcomer is glanced at soon; those that come after it put nothing off.
      if (!this.timer || this.pending > 1) this.wait(1);
    });
  }

  private wait(rounds: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.pending = rounds;
    this.timer = setTimeout(() => this.round(), rounds * ROUND_MS);
  }

  private round(): void {
    const now = thisRound();
    const isSeldom = Math.floor(now / SELDOM) !== Math.floor(this.lastRound / SELDOM);
    this.lastRound = now;
    let hasNewcomers = false;
    for (const resting of [...this.resting]) {
      const isNew = now - resting.sinceRound <= OFTEN_ROUNDS;
      if ((isNew || isSeldom) && resting.glance()) resting.end();
      else hasNewcomers ||= isNew;
    }
    this.timer = null;
    if (this.resting.size > 0) this.wait(hasNewcomers ? 1 : SELDOM);
  }
}

const thisRound = () => Math.floor(performance.now() / ROUND_MS);
