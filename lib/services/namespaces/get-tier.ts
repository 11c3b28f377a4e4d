import { LastgoodError } from "../../domain/errors.ts";
import { daysOfTier, type Tier } from "../../domain/tiers.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";
import { readTier } from "./read-tier.ts";

/** What whoever runs this Lastgood offers a namespace: for how many days clusters can be brought back, null: not at all. */
export type TierView = { tier: Tier; windowDays: number | null };

/** The tier of a namespace; null where there are no tiers here, or it is in none. */
export async function getTier(ctx: CallContext, of: { namespace: string }): Promise<TierView | null> {
  const tier = await authorise(ctx, "namespace.read", of, (db, { namespace: { id } }) => readTier(db, id));
  return tier === null ? null : { tier, windowDays: daysIn(tier) };
}

function daysIn(tier: Tier): number | null {
  try {
    return daysOfTier(tier);
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
