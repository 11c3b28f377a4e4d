import type { MetadataReader } from "../../db/client.ts";
import { daysOfTier, isTier, type Tier } from "../../domain/tiers.ts";
import { readEnv } from "../../env.ts";

/** The tier that a namespace is in; null where no tiers are offered here (`LASTGOOD_TIERS`) or it is in none. */
export async function readTier(db: MetadataReader, namespaceId: string): Promise<Tier | null> {
  if (!readEnv().tiers) return null;
  const row = await db.namespace.findUniqueOrThrow({ where: { id: namespaceId }, select: { tier: true } });
  return row.tier !== null && isTier(row.tier) ? row.tier : null;
}

/** Refuses to bring back a cluster of a namespace whose tier has no point-in-time recovery: `forbidden`, with the reason. */
export async function requireRecoveryInTier(
  db: MetadataReader,
  { namespaceId, engine }: { namespaceId: string; engine: string },
): Promise<void> {
  const tier = engine === "postgres" ? await readTier(db, namespaceId) : null;
  if (tier !== null) daysOfTier(tier);
}
