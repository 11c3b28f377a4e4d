import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { LastgoodError } from "../../domain/errors.ts";

/** Calls a minute of a token that has no rate of its own. */
export const DEFAULT_RATE_PER_MINUTE = 600;
const WINDOW_SECONDS = 60;

// On globalThis since Next.js may load this module more than once: a token has one count in a console, not one a bundle.
const shared: { lastgoodTokenRates?: Map<number, RateLimiterMemory> } & typeof globalThis = globalThis;

/** One limiter a rate: a limiter knows one limit for all its keys. */
function limiterFor(points: number): RateLimiterMemory {
  shared.lastgoodTokenRates ??= new Map();
  const known = shared.lastgoodTokenRates.get(points);
  if (known) return known;
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  shared.lastgoodTokenRates.set(points, limiter);
  return limiter;
}

/**
 * Counts a token's call, in the memory of this console alone. Throws `rate_limited` for those beyond its rate, until the
 * minute that began with the first of them is over.
 * @param ratePerMinute null: the default; 0: no limit
 */
export async function admitCall(tokenId: string, ratePerMinute: number | null): Promise<void> {
  if (ratePerMinute === 0) return;
  const points = ratePerMinute ?? DEFAULT_RATE_PER_MINUTE;
  try {
    await limiterFor(points).consume(tokenId);
  } catch (error) {
    // A refusal is no Error; its class may be another bundle's.
    if (error instanceof Error) throw error;
    const seconds = Math.max(1, Math.ceil((error as RateLimiterRes).msBeforeNext / 1000));
    throw new LastgoodError("rate_limited", `This API token may make ${points} calls a minute.`, {
      hint: `Go on in ${seconds} s, or use a token with a higher rate.`,
      retryAfterSeconds: seconds,
    });
  }
}
