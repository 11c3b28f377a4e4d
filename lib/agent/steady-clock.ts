const DAY_MS = 24 * 60 * 60_000;
/** A clock that was moved by more than this jumped. */
const TOLERANCE_MS = 60 * 60_000;

/**
 * Whether the wall clock can be trusted with dropping things: set forwards, it would age everything at once. After a jump it
 * has to prove itself, for a day unless another time is given.
 */
export class SteadyClock {
  readonly #nowMs: () => number;
  readonly #steadyMs: () => number;
  readonly #provenAfterMs: number;
  #known: { offsetMs: number; sinceMs: number; hasJumped: boolean } | null = null;

  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  constructor(nowMs: () => number, steadyMs: () => number, provenAfterMs = DAY_MS) {
    this.#nowMs = nowMs;
    this.#steadyMs = steadyMs;
    this.#provenAfterMs = provenAfterMs;
  }

  /** To be asked every few minutes at most. Tells by how much the clock jumped since it was asked last. */
  look(jumped: (byMs: number) => void): boolean {
    const steadyMs = this.#steadyMs();
    const offsetMs = this.#nowMs() - steadyMs;
    this.#known ??= { offsetMs, sinceMs: steadyMs, hasJumped: false };
    const byMs = offsetMs - this.#known.offsetMs;
    if (Math.abs(byMs) > TOLERANCE_MS) {
      jumped(byMs);
      this.#known = { offsetMs, sinceMs: steadyMs, hasJumped: true };
    }
    return !this.#known.hasJumped || steadyMs - this.#known.sinceMs > this.#provenAfterMs;
  }
}
