/** One who may hold a slot and can be asked to give it up. */
export type SlotHolder = {
  readonly holding: boolean;
  /** Whether it may be asked to let go just now. */
  readonly idle: boolean;
  /** Ends what the slot stands for. */
  letGo(): Promise<void>;
};

/** A limited number of slots; when all are taken the holder that was used longest ago, and is idle, has to let go. */
export class ProcessSlots {
  readonly #limit: number;
  /** In the order of their last use, oldest first. */
  readonly #holders = new Set<SlotHolder>();
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Gets a slot for a holder that has none, waiting for one if need be. Throws the signal's reason once aborted. */
  async take(holder: SlotHolder, signal: AbortSignal): Promise<void> {
    while (this.#taken >= this.#limit) {
      signal.throwIfAborted();
      const oldest = [...this.#holders].find((one) => one !== holder && one.idle);
      if (oldest) {
        this.#holders.delete(oldest);
        await oldest.letGo();
      } else await this.#change(signal);
    }
    signal.throwIfAborted();
    this.#taken++;
    this.#holders.add(holder);
  }

  /** Marks a holder as the one used last, and lets those who wait look again. */
  touch(holder: SlotHolder): void {
    this.#holders.delete(holder);
    if (holder.holding) this.#holders.add(holder);
    this.#wakeWaiting();
  }

  /** Called once for each slot taken, when what it stands for has ended. */
  free(holder: SlotHolder): void {
    this.#holders.delete(holder);
    this.#taken--;
    this.#wakeWaiting();
  }

  #wakeWaiting(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
