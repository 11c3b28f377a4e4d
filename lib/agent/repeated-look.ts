type LookTimes = { firstMs: number; everyMs: number };

/**
 * Looks again and again, one look after the other; one that fails is told, and the next comes all the same. A tenth of the time
 * between is chance, so that agents that started together do not go on looking together.
 */
export class RepeatedLook {
  readonly #look: () => Promise<unknown>;
  readonly #times: LookTimes;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(look: () => Promise<unknown>, times: LookTimes, failed: (error: unknown) => void) {
    this.#look = look;
    this.#times = times;
    this.#failed = failed;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#tick(), this.#times.firstMs);
  }

  /** A look under way comes to its end. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #tick(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#failed(error);
    }
    const { everyMs } = this.#times;
    if (this.#timer) this.#timer = setTimeout(() => void this.#tick(), everyMs * (0.9 + 0.2 * Math.random()));
  }
}
