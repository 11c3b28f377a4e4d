/** A process that does one job and can be ended at any time. */
export type OneJobProcess = {
  readonly isOver: boolean;
  kill(): void;
};

/** So long an unused spare is kept: a person reads a plan, or looks at a restore and undoes it. */
const KEPT_MS = 120_000;

/**
 * One process started ahead of its job, so that the job need not wait for Node to load: it has loaded its modules and opened
 * nothing. Each is used once. Unused it ends by itself, and without one the job starts its own.
 */
export class SpareProcess<P extends OneJobProcess> {
  readonly #start: () => P;
  readonly #keptMs: number;
  #waiting: P | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(start: () => P, keptMs = KEPT_MS) {
    this.#start = start;
    this.#keptMs = keptMs;
  }

  /** Has a spare ready for the next few minutes, and shows it; it stays here. */
  prepare(): P {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), this.#keptMs);
    this.#timer.unref();
    if (!this.#waiting || this.#waiting.isOver) this.#waiting = this.#start();
    return this.#waiting;
  }

  /** The spare, which is the caller's from now on, or a process that is just starting. */
  take(): P {
    const taken = this.#waiting;
    this.#waiting = null;
    return taken && !taken.isOver ? taken : this.#start();
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting?.kill();
    this.#waiting = null;
  }
}
