import type { KeptBase } from "../bases/base-record.ts";

const DAY_MS = 24 * 60 * 60_000;
const MANY_BYTES = 4n * 1024n ** 3n;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

/** What it takes to say whether a base backup is due. Positions are bytes of log. */
export type BaseFacts = { newest: KeptBase | null; newestStopLsn: bigint | null; receivedLsn: bigint; nowMs: number };

/**
 * When the next base backup is taken: where there is none of this incarnation, a day after the last one, and once the log since then
 * is more than the larger of 4 GB and twice the cluster, which is when replaying it takes longer than it has to.
 */
export class BaseSchedule {
  #failures = 0;
  #notBeforeMs = 0;

  isDue({ newest, newestStopLsn, receivedLsn, nowMs }: BaseFacts): boolean {
    if (nowMs < this.#notBeforeMs) return false;
    if (newest === null || newestStopLsn === null) return true;
    if (nowMs - newest.stoppedAtMs >= DAY_MS) return true;
    const twice = 2n * BigInt(newest.clusterBytes);
    return receivedLsn - newestStopLsn > (twice > MANY_BYTES ? twice : MANY_BYTES);
  }

  failed(nowMs: number): void {
    this.#notBeforeMs = nowMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }
}
