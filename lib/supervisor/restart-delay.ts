/** A process that lived shorter than this died of its start. */
export const SHORT_LIFE_MS = 2000;
const DELAYS_MS = [0, 100, 250, 500, 1000, 2000, 5000];
const LONGEST_DELAY_MS = 10_000;

/** How long to wait before the next start, given how many short lives in a row came before it. Milliseconds. */
export function restartDelayMs(shortLives: number): number {
  return DELAYS_MS[shortLives] ?? LONGEST_DELAY_MS;
}
