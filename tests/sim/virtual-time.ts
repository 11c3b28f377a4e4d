import { useWallClock } from "../../lib/engines/sqlite/wall-clock.ts";

/**
 * Both clocks of the process that captures: the wall clock is the seed's and jumps as the seed wants; the one that measures
 * waits runs as ever, and can be put forward, so that a wait of seconds need not be waited for.
 */
export class VirtualTime {
  nowMs: number;
  #aheadMs = 0;
  readonly #measure: () => number;
  readonly #restoreWallClock: () => void;

  constructor(startMs: number) {
    this.nowMs = startMs;
    const { performance } = globalThis;
    this.#measure = performance.now;
    const measure = this.#measure.bind(performance);
    performance.now = () => measure() + this.#aheadMs;
    this.#restoreWallClock = useWallClock(() => this.nowMs);
  }

  /** Puts the clock that measures waits forward. */
  skip(ms: number): void {
    this.#aheadMs += ms;
  }

  close(): void {
    this.#restoreWallClock();
    globalThis.performance.now = this.#measure;
  }
}
