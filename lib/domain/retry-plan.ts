const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long is waited after each attempt that failed: eleven attempts over about three days. */
const WAITS_MS = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  18 * HOUR_MS,
  24 * HOUR_MS,
];
export const MAX_ATTEMPTS = WAITS_MS.length + 1;

/** Up to a tenth earlier or later, so that what failed together does not come again together. */
const JITTER = 0.1;
/** A receiver may ask for patience, but not for ever. */
const LONGEST_ASKED_MS = 24 * HOUR_MS;

/**
 * Milliseconds until the next attempt after `attempts` that failed; null when it is given up. `askedMs`: what the receiver asked
 * for with Retry-After. `chance`: 0 to 1.
 */
export function nextWaitMs(attempts: number, askedMs: number | null, chance: number): number | null {
  const wait = WAITS_MS[attempts - 1];
  if (wait === undefined) return null;
  const spread = wait * (1 - JITTER + 2 * JITTER * chance);
  return Math.round(Math.max(spread, Math.min(askedMs ?? 0, LONGEST_ASKED_MS)));
}

/** What Retry-After says (RFC 9110, 10.2.3), seconds or a date, in milliseconds from now; null where it says nothing usable. */
export function parseRetryAfter(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * SECOND_MS;
  const untilMs = /^\s*[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(untilMs) ? null : Math.max(0, untilMs - nowMs);
}
