/** Agents say several times a minute that they live (`noteAlive`); one that was silent for this long counts as lost. */
const ALIVE_FOR_MS = 60_000n;

/** Whether an agent that last said so at this time lives; both by the store's clock (`storeNowMs`). */
export function isAlive(aliveAtMs: bigint, nowMs: bigint): boolean {
  return nowMs - aliveAtMs < ALIVE_FOR_MS;
}
