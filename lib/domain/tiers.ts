import { LastgoodError } from "./errors.ts";

/**
 * What an operator may offer: for how many days a PostgreSQL cluster of a namespace can be brought back; null: such clusters are
 * not protected at all.
 */
const WINDOW_DAYS = { free: null, micro: null, small: 7, medium: 14, large: 30 } as const;

export const TIERS = Object.keys(WINDOW_DAYS) as (keyof typeof WINDOW_DAYS)[];
export type Tier = (typeof TIERS)[number];

export function isTier(text: string): text is Tier {
  return Object.hasOwn(WINDOW_DAYS, text);
}

/** The longest window of a tier, in days. Throws `forbidden` where the tier has no point-in-time recovery. */
export function daysOfTier(tier: Tier): number {
  const days = WINDOW_DAYS[tier];
  if (days !== null) return days;
  throw new LastgoodError("forbidden", `Point-in-time recovery of PostgreSQL is not part of the tier ${tier}.`, {
    hint: "It begins with the tier small. Whoever runs this Lastgood changes a namespace's tier.",
    tier,
  });
}

/**
 * The window of a cluster in a namespace: what was asked for, else the usual one as far as the tier has it. Throws `forbidden` for
 * a longer one than the tier has.
 * @param tier null: no tiers here
 */
export function windowInTier(tier: Tier | null, askedDays: number | undefined, usualDays: number): number {
  if (tier === null) return askedDays ?? usualDays;
  const most = daysOfTier(tier);
  if (askedDays === undefined) return Math.min(most, usualDays);
  if (askedDays <= most) return askedDays;
  throw new LastgoodError("forbidden", `The tier ${tier} has a recovery window of up to ${most} days.`, {
    field: "windowDays",
    hint: `Give ${most} days or fewer.`,
    tier,
  });
}
